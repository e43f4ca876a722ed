"""`mlsysim optimize`: one file a problem; the answer of each has the form of `answer.py`."""
