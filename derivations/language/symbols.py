"""The free symbols as SymPy symbols: the explicit expression, for `cancel` and for the reader."""

from typing import Any

from sympy import Abs, Expr, Rational, Symbol, exp, factor, log, sqrt


class SymbolPoint:
    """Every free symbol is a SymPy symbol of its name."""

    def variable(self, name: tuple) -> Any:
        return Symbol("_".join(map(str, name)), positive=True)

    def number(self, rational: Rational) -> Rational:
        return rational

    def log(self, argument: Expr) -> Expr:
        return log(argument)

    def exp(self, argument: Expr) -> Expr:
        return exp(argument)

    def absolute(self, argument: Expr) -> Expr:
        return Abs(factor(argument))

    def root(self, argument: Expr) -> Any:
        return sqrt(argument)
