"""The language that derivations are written in, and the machine that accepts or refuses a step.

What is said: `node`, `terms`, `binders`, `functionals`, `operators`, `gaussian` are SymPy objects;
`statement` is a claim, a line with its reason, a derivation. `printing` turns them into LaTeX.

How a line is judged (`check`, `accept`, `label`): always on symbolic worlds of every size
(`world`, `evaluate` and `meaning`, decided modulo random primes by `equality`, `field`, `degree`);
where it can, also whatever the sizes (`normal`, and the `rules`); min, max and clip by `regions`;
inequalities by a visibly non-negative gap (`positivity`) or one of the `lemmas`. What cannot be
decided is refused (`refusal`). A `problem` stands where a result is about one world only.
`counterexample` searches the smallest world on which a formula fails, exactly: in rationals, and
`logarithms` of them.
"""
