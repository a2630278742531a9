"""Faults planted in right lines by machine, each of which the engine must refuse."""
