"""The direction without γᵗ is the gradient of nothing: its Jacobian is not symmetric (row B4).

A gradient's Jacobian is a Hessian, hence symmetric. On a world of two states with one parameter
each, θ_s the logit of the first action, the Jacobian of the printed direction is not; that of the
right one is. Everything is exact: x_s = exp θ_s in place of θ_s, and ∂/∂θ_s = x_s ∂/∂x_s.
"""

from typing import Any

from sympy import Expr, Matrix, Rational, Symbol, cancel

from derivations.language.evaluate import Evaluator, Scope
from derivations.language.symbols import SymbolPoint
from derivations.language.terms import THETA
from derivations.language.world import Size, World

SIZE = Size(states=2, actions=2, steps=2)
LOGITS = (Symbol("x_0", positive=True), Symbol("x_1", positive=True))


class GivenPoint(SymbolPoint):
    """Symbols of SymPy, some of them given."""

    def __init__(self, numbers: dict[tuple, Expr]) -> None:
        self._numbers = numbers

    def variable(self, name: tuple) -> Any:
        return self._numbers[name] if name in self._numbers else super().variable(name)


def _numbers(state: int) -> dict[tuple, Expr]:
    """The logistic policy and its derivative by θ_state; a world in simple fractions."""
    numbers: dict[tuple, Expr] = {
        ("constant", Symbol("gamma", positive=True)): Rational(1, 2),
        ("mu", 0): Rational(1, 2),
        ("P", 0, 0, 0): Rational(1, 3),
        ("P", 0, 1, 0): Rational(1, 2),
        ("P", 1, 0, 0): Rational(1, 2),
        ("P", 1, 1, 0): Rational(1, 4),
        ("r", 0, 0): Rational(1),
        ("r", 0, 1): Rational(0),
        ("r", 1, 0): Rational(0),
        ("r", 1, 1): Rational(2),
    }
    for s, x in enumerate(LOGITS):
        numbers["pi", THETA, s, 0] = x / (1 + x)
        numbers["dpi", s, 0, 0] = x / (1 + x) ** 2 if s == state else Rational(0)
    return numbers


def jacobian(direction: Expr) -> Matrix:
    """∂ direction_i / ∂θ_j, as rational functions of x."""
    components = [
        Evaluator(World(SIZE, GivenPoint(_numbers(s))))(direction, Scope(values={}))
        for s in range(SIZE.states)
    ]
    return Matrix([[cancel(x * component.diff(x)) for x in LOGITS] for component in components])


def asymmetry(direction: Expr) -> Expr:
    """∂F_0/∂θ_1 − ∂F_1/∂θ_0: zero for a gradient."""
    (_, across), (back, _) = jacobian(direction).tolist()
    return cancel(across - back)
