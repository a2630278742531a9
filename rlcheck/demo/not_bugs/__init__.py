"""Correct code that was reported as a bug, written anew; each file names its thread."""
