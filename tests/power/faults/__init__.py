"""Faulty implementations as people write them: plain functions, one file a family of claims.

None of them imports rlcheck. What is wrong with each is said in `../cases.toml`, not here,
as in the wild.
"""
