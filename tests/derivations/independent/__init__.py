"""Statements evaluated on random worlds by plain enumeration: no code of the engine is used.

Only the classes of the language are shared: they are what is said, not how it is judged.
"""
