"""`mlsysim lab`: pages for readers; one file a command. The pages themselves are of the package mlsysim_widgets."""
