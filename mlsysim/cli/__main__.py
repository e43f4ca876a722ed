"""`python -m mlsysim.cli` is the command `mlsysim`."""

from . import main

main()
