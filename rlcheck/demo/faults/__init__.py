"""Faults that were found in public code, written anew; each file names its thread."""
