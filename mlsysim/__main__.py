"""`python -m mlsysim` is the command line."""

from mlsysim.cli import main

main()
