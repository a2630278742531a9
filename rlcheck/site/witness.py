"""The numbers of a counterexample, by the names that the formulas give them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import Symbol

from derivations.language.counterexample import Counterexample
from derivations.language.logarithms import LogSum
from derivations.language.printing import to_latex
from derivations.language.statement import Statement
from derivations.language.terms import OLD, THETA, Parametric, Table


def number_latex(value: Fraction | LogSum) -> str:
    """A number in exact form; logarithms of primes as they are."""
    if isinstance(value, LogSum):
        parts = [fraction_latex(value.rational)] if value.rational else []
        parts += [_logarithm(c, prime) for prime, c in value.logs.items()]
        return " + ".join(parts).replace("+ -", "- ")
    return fraction_latex(value)


def _logarithm(coefficient: Fraction, prime: int) -> str:
    factor = {1: "", -1: "-"}.get(int(coefficient)) if coefficient.denominator == 1 else None
    if factor is None:
        factor = fraction_latex(coefficient) + r"\,"
    return rf"{factor}\log {prime}"


def fraction_latex(value: Fraction) -> str:
    """A fraction in exact form."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return rf"{sign}\tfrac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def equations(found: Counterexample, printed: Statement) -> Iterator[str]:
    """`name = number` as LaTeX, probabilities first.

    Args:
        found: the counterexample.
        printed: the statement that it refutes, which says what its functions are functions of.
    """
    ordered = sorted(found.numbers.items(), key=lambda item: _ORDER.index(item[0][0]))
    for name, value in ordered:
        yield f"{name_latex(name, printed)} = {number_latex(value)}"


_ORDER = (
    "mu", "P", "r", "pi", "dpi", "law", "constant", "table", "parametric", "dparametric",
    "dP", "dr", "dtable",
)  # fmt: skip


def name_latex(name: tuple[Any, ...], printed: Statement) -> str:
    """The name of one number: of a probability, a slope, a reward, a function's value.

    States, actions and outcomes are numbered from zero.
    """
    kind, *rest = name
    if kind in ("table", "parametric"):
        return _value(rest[0], rest[1:], printed)
    if kind in ("dtable", "dparametric"):
        return _slope(rest[-1]) + _value(rest[0], rest[1:-1], printed)
    return _PLAIN[kind](*rest)


def _slope(coordinate: int) -> str:
    return rf"\partial_{{\theta_{{{coordinate}}}}} "


def _policy(name: Symbol, state: int, action: int) -> str:
    old = r"_{\mathrm{old}}" if name == OLD else r"_{\theta}"
    return rf"\pi{old}(a_{{{action}}} \mid s_{{{state}}})"


def _dynamics(state: int, action: int, following: int) -> str:
    return rf"P(s_{{{following}}} \mid s_{{{state}}}, a_{{{action}}})"


_PLAIN: Mapping[str, Callable[..., str]] = {
    "mu": lambda s: rf"\mu(s_{{{s}}})",
    "P": _dynamics,
    "r": lambda s, a: rf"r(s_{{{s}}}, a_{{{a}}})",
    "pi": _policy,
    "dpi": lambda s, a, i: _slope(i) + _policy(THETA, s, a),
    "law": lambda law, x: rf"{to_latex(law)}(x_{{{x}}})",
    "constant": to_latex,
    "dP": lambda _, s, a, i, following: _slope(i) + _dynamics(s, a, following),
    "dr": lambda s, a, i: _slope(i) + rf"r(s_{{{s}}}, a_{{{a}}})",
}


def _value(name: Any, at: Sequence[int], printed: Statement) -> str:
    """An arbitrary function's value, written as the formula writes the function."""
    head = to_latex(Symbol(str(name)))
    for side in (printed.left, printed.right):
        for node in side.atoms(Table, Parametric):
            if str(node.args[0]) == str(name):
                return _written(head, node.args[1:], at)
    return f"{head}({', '.join(map(str, at))})"


def _written(head: str, arguments: Sequence[Any], at: Sequence[int]) -> str:
    if not at:
        return head
    if all(argument.is_integer for argument in arguments):
        return f"{head}_{{{', '.join(map(str, at))}}}"
    pairs = zip(arguments, at, strict=False)
    return f"{head}({', '.join(f'{_letter(argument)}_{{{i}}}' for argument, i in pairs)})"


def _letter(argument: Any) -> str:
    """s of a state, a of an action, x of an outcome."""
    return to_latex(argument)[0]
