"""Formulas as LaTeX, from the very objects that are checked.

SymPy's printer does not know that a sum of ours reaches to the right as far as the product goes.
Here what reaches to the right stands last in a product, or in parentheses.
"""

from typing import Any

from sympy import Add, Expr, Mul, Pow, S, fraction
from sympy.printing.latex import LatexPrinter

from derivations.language import binders, functionals, operators, terms

REACHING = (
    binders.TimeSum,
    binders.TimeProduct,
    binders.VariableSum,
    binders.TrajectorySum,
    operators.Gradient,
    operators.Curvature,
    operators.Log,
)
"""What is written before its body, without a closing bracket."""

_LAWS = (terms.Initial, terms.Dynamics, terms.Pi, terms.Law, functionals.TrajectoryProbability)


class FormulaPrinter(LatexPrinter):
    """LaTeX in the order in which a formula is read aloud."""

    def _print_Mul(self, expr: Any) -> str:
        if expr.could_extract_minus_sign():
            return f"-{self._factor(-expr)}"
        top, bottom = fraction(expr)
        if bottom != S.One:
            return rf"\frac{{{self._print(top)}}}{{{self._print(bottom)}}}"
        factors = sorted(Mul.make_args(expr), key=_place)
        parts = [self._in_product(f, f is factors[-1]) for f in factors]
        return r" \, ".join(parts)

    def _factor(self, expr: Any) -> str:
        text = self._print(expr)
        return rf"\left({text}\right)" if isinstance(expr, Add) else text

    def _in_product(self, factor: Expr, last: bool) -> str:
        text = self._print(factor)
        if isinstance(factor, Add) or (isinstance(factor, REACHING) and not last):
            return rf"\left({text}\right)"
        return text

    def _print_Add(self, expr: Add, order: Any = None) -> str:
        terms_ = sorted(Add.make_args(expr), key=lambda term: term.could_extract_minus_sign())
        text = self._print(terms_[0])
        for term in terms_[1:]:
            negative = term.could_extract_minus_sign()
            text += f" - {self._factor(-term)}" if negative else f" + {self._print(term)}"
        return text

    def _print_Pow(self, expr: Pow) -> str:
        if isinstance(expr.base, REACHING) and expr.exp != -1:
            return rf"\left({self._print(expr.base)}\right)^{{{self._print(expr.exp)}}}"
        return super()._print_Pow(expr)


def _place(factor: Expr) -> tuple[int, str]:
    """Numbers, symbols and their powers, probabilities, values, ∇ and log, sums."""
    base = factor.base if isinstance(factor, Pow) else factor
    if base.is_number:
        rank = 0
    elif base.is_Symbol:
        rank = 1
    elif isinstance(base, _LAWS):
        rank = 2
    elif isinstance(base, (operators.Gradient, operators.Curvature, operators.Log)):
        rank = 4
    elif isinstance(base, REACHING):
        rank = 5
    else:
        rank = 3
    return rank, str(factor)


def to_latex(expr: Expr) -> str:
    """The formula as LaTeX."""
    return FormulaPrinter().doprint(expr)
