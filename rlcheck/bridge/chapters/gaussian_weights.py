"""Bridges of `derivations.gaussian_weights`: importance weights between two Gaussians.

The code's expectations are trapezoidal sums over the whole line. Every integrand here is a power of
x times a Gaussian of standard deviation σ, for which such a sum with spacing h errs relatively by
2 exp(−2π²σ²/h²) and, cut off ℓ away from its centre, by less than exp(−ℓ²/2σ²) ℓ: with the σ and
the centres of `_numbers`, both are below 10⁻⁴⁰. What is left is rounding.
"""

import math

import torch
from sympy import Expr, Symbol
from torch import Tensor
from torch.distributions import Normal

from derivations import gaussian_weights as chapter
from derivations.language.regions import regions
from derivations.language.terms import x
from rlcheck import estimators
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import OPERATIONS, Bridge, Route, Sampled
from rlcheck.bridge.tracked import UNIT

REACH, SPACING = 48.0, 1 / 32
"""The trapezoidal sum runs over ±REACH; σ is at least 1/2, centres are within ±9."""

REGION = next(regions((chapter.FINITE,))).bindings
"""v_q = v_p / 2 + u."""

WEIGHTS = ("rlcheck.estimators.per_step_weights",)


def _excess() -> Symbol:
    """u, the symbol of the region."""
    (bound,) = (value for _, value in REGION)
    (symbol,) = bound.free_symbols - {chapter.V}
    assert isinstance(symbol, Symbol)
    return symbol


def _numbers(case: Case) -> dict[Symbol, float]:
    """Means within ±1, v_p from 1/2 to 3/2, v_q above v_p / 2 by 1/4 to 5/4."""
    drawn = case.arbitrary(5, of="gaussian").clamp(-1, 1).tolist()
    v_p, excess = 0.5 + abs(drawn[2]), 0.25 + abs(drawn[3])
    return {
        chapter.M: drawn[0],
        chapter.N: drawn[1],
        chapter.V: v_p,
        chapter.W: v_p / 2 + excess,
        _excess(): excess,
        x: drawn[4],
    }


def _diverging(case: Case) -> dict[Symbol, float]:
    """The same with v_q below v_p / 2."""
    numbers = _numbers(case)
    return {**numbers, chapter.W: numbers[chapter.V] / (2 + 4 * numbers[_excess()])}


def _laws(numbers: dict[Symbol, float]) -> tuple[Normal, Normal]:
    """p and q."""
    pairs = ((chapter.M, chapter.V), (chapter.N, chapter.W))
    given = torch.tensor([[numbers[mean], numbers[v]] for mean, v in pairs], dtype=torch.float64)
    p, q = (Normal(mean, v.sqrt()) for mean, v in given)
    return p, q


def _ratio(numbers: dict[Symbol, float], points: Tensor) -> Tensor:
    """p/q at the points, by the estimator."""
    p, q = _laws(numbers)
    return estimators.per_step_weights(p.log_prob(points), q.log_prob(points))


def _terms(case: Case, power: int, of_weight: int) -> Tensor:
    """The terms of the trapezoidal sum of ∫ q(x) x^power w(x)^of_weight dx."""
    numbers = _numbers(case)
    points = torch.arange(-REACH, REACH, SPACING, dtype=torch.float64)
    terms = SPACING * _laws(numbers)[1].log_prob(points).exp() * points**power
    ratio = _ratio(numbers, points)
    # Not by the square of the weight, which is too large for a float where q has long been zero.
    for _ in range(of_weight):
        terms = terms * ratio
    return terms


def _mean(case: Case) -> Tensor:
    return _terms(case, 1, 1).sum()[None]


def _second_moment(case: Case) -> Tensor:
    return _terms(case, 0, 2).sum()[None]


def _variance(case: Case) -> Tensor:
    return (_terms(case, 2, 2).sum() - _terms(case, 1, 1).sum() ** 2)[None]


def _floor(case: Case) -> float:
    """n u Σ|terms| of every sum above: a closed form shows nothing of what cancels in them."""
    nodes = int(2 * REACH / SPACING) + OPERATIONS
    first = float(_terms(case, 1, 1).abs().sum())
    sizes = (first, first**2, *(float(_terms(case, k, 2).sum()) for k in (0, 2)))
    return 2 * nodes * UNIT * sum(sizes)


def _exponent(case: Case) -> Tensor:
    """2 log w + log q at x, without the constants in front of the exponentials."""
    numbers = _diverging(case)
    point = torch.tensor([numbers[x]], dtype=torch.float64)
    v_p, v_q = numbers[chapter.V], numbers[chapter.W]
    constants = math.log(v_q / v_p) - math.log(2 * math.pi * v_q) / 2
    log_q = _laws(numbers)[1].log_prob(point)
    return 2 * _ratio(numbers, point).log() + log_q - constants


def _drawn(case: Case, count: int, generator: torch.Generator) -> Tensor:
    """x w(x) for x from q."""
    numbers = _numbers(case)
    noise = torch.randn(count, generator=generator, dtype=torch.float64)
    points = numbers[chapter.N] + math.sqrt(numbers[chapter.W]) * noise
    return points * _ratio(numbers, points)


EXACT_VARIANCE: Expr = chapter.VARIANCE.lines[-1].right

BRIDGES = (
    Bridge(
        result=chapter.MEAN,
        constants=_numbers,
        routes=(Route(code=WEIGHTS, compute=_mean, floor=_floor),),
        sampled=(
            Sampled(code=WEIGHTS, draw=_drawn, mean=0, variance=EXACT_VARIANCE, bindings=REGION),
        ),
    ),
    Bridge(
        result=chapter.WEIGHT,
        constants=_numbers,
        bindings=REGION,
        routes=(Route(code=WEIGHTS, compute=_second_moment, floor=_floor),),
    ),
    Bridge(
        result=chapter.VARIANCE,
        constants=_numbers,
        bindings=REGION,
        routes=(Route(code=WEIGHTS, compute=_variance, floor=_floor),),
    ),
    Bridge(
        result=chapter.DIVERGENCE,
        constants=_diverging,
        routes=(Route(code=WEIGHTS, compute=_exponent),),
    ),
)
