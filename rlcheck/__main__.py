"""`python -m rlcheck` is the command `rlcheck`."""

from rlcheck.cli import main

main()
