"""Gaussian laws: expectations in closed form, by rule and not by integration.

E over N(m, v) of xʲ ∏ᵢ N(x; mᵢ, vᵢ)^{kᵢ}, where the kᵢ sum to zero so that 2π cancels, is the
j-th moment of N(B/A, 1/A) times ∏ vᵢ^{−kᵢ/2} (vA)^{−1/2} exp(C + B²/2A), with

    A = 1/v + Σ kᵢ/vᵢ,   B = m/v + Σ kᵢmᵢ/vᵢ,   C = −(m²/v + Σ kᵢmᵢ²/vᵢ)/2.

It is finite only where A > 0, which is checked.
"""

from collections.abc import Callable
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, S, Symbol, expand

from derivations.language.node import Node, bracketed
from derivations.language.operators import Exponential, Root
from derivations.language.refusal import Refused, Undefined
from derivations.language.regions import sign


class GaussianDensity(Node):
    """N(x; mean, variance), the density at x."""

    fields = ("center", "spread", "point")

    def _latex(self, printer: Any) -> str:
        return rf"\mathcal{{N}}({printer._print(self.point)}; {bracketed(printer, self.args[:2])})"


class GaussianExpectation(Node):
    """E_{x ∼ N(center, spread)}[body]; the spread is the variance."""

    fields = ("center", "spread", "variable", "body")
    binds = ("variable",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        center, spread, variable, body = (printer._print(part) for part in self.args)
        law = rf"{variable} \sim \mathcal{{N}}({center}, {spread})"
        return rf"\mathbb{{E}}_{{{law}}}\left[{body}\right]"


def closed_form(mean: GaussianExpectation, bound: Callable[[Expr], Expr]) -> Expr:
    """The expectation without an integral.

    Args:
        mean: the expectation.
        bound: what an expression is in the region at hand, where the sign of A is read off.

    Raises:
        Refused: the integral diverges, or that is not known.
        Undefined: the body is no polynomial times densities whose powers sum to zero.
    """
    terms = Add.make_args(expand(mean.body))
    return Add(*(_of_term(term, mean, bound) for term in terms))


def _of_term(term: Expr, mean: GaussianExpectation, bound: Callable[[Expr], Expr]) -> Expr:
    x = mean.variable
    powers = [factor.as_base_exp() for factor in Mul.make_args(term)]
    densities = [(base, k) for base, k in powers if isinstance(base, GaussianDensity)]
    degree = sum((k for base, k in powers if base == x), S.Zero)
    rest = Mul(*(b**k for b, k in powers if b != x and not isinstance(b, GaussianDensity)))
    if x in rest.free_symbols or any(density.point != x for density, _ in densities):
        raise Undefined(f"{term} is no power of {x} times densities at {x}")
    if not isinstance(degree, Integer) or degree < 0 or sum(k for _, k in densities) != 0:
        raise Undefined(f"{term}: the powers of the densities must sum to zero")
    return rest * _integral(int(degree), [(mean, 1), *densities], bound)


def _integral(degree: int, laws: list, bound: Callable[[Expr], Expr]) -> Expr:
    a = Add(*(k / law.spread for law, k in laws))
    if sign(bound(a)) != 1:
        raise Refused(f"the integral diverges, or is not known to converge: {a} must be positive")
    b = Add(*(k * law.center / law.spread for law, k in laws))
    c = -Add(*(k * law.center**2 / law.spread for law, k in laws)) / 2
    scale = Mul(*(Pow(law.spread, -k) for law, k in laws)) / a
    return Root(scale) * Exponential(c + b**2 / (2 * a)) * moment(degree, b / a, 1 / a)


def moment(degree: int, center: Expr, spread: Expr) -> Expr:
    """E[xʲ] under N(center, spread): M_j = center · M_{j−1} + (j − 1) spread · M_{j−2}."""
    before, here = S.Zero, S.One
    for j in range(1, degree + 1):
        before, here = here, center * here + (j - 1) * spread * before
    return here


def weight(first: tuple[Symbol, Symbol], second: tuple[Symbol, Symbol], x: Symbol) -> Expr:
    """The density ratio N(x; first) / N(x; second)."""
    return GaussianDensity(*first, x) / GaussianDensity(*second, x)
