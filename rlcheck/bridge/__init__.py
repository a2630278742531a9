"""The results of `derivations` held against the code: as numbers, by autograd and by Monte Carlo.

A `Bridge` is data: a result, where its symbols get their numbers (a world, two policies), and the
functions of `rlcheck.exact`, `rlcheck.losses` and `rlcheck.estimators` that must give the same. The
formula's side is evaluated from the SymPy expression that was checked (`reading`), and shares no
code with the other. `python -m rlcheck.bridge` prints every comparison.
"""
