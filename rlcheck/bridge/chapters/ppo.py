"""Bridges of `derivations.ppo`: the clipped objective, and its gradient case by case.

One step of one rollout: the first action in the first state, with an old log-probability that puts
the ratio where it is wanted. The kinks themselves are left out; there any element of the
subdifferential is right.
"""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from derivations import ppo as chapter
from derivations.language.statement import Derivation
from rlcheck import losses
from rlcheck.bridge.batches import gradient_by_weights, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge, Route
from rlcheck.strategies import SoftmaxPolicy

CLIP = 0.25
"""ε, exact in binary."""

BELOW, INSIDE, ABOVE = "below 1 − ε", "inside", "above 1 + ε"
REGIONS = {BELOW: (1 / 4, 1 - CLIP), INSIDE: (1 - CLIP, 1 + CLIP), ABOVE: (1 + CLIP, 2)}
"""Where a ratio is drawn, on both sides of one inside the range."""

Ascent = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(log π, log π_old, A) [1, 1] -> what is maximised."""


def _advantage(case: Case) -> float:
    """Any positive number."""
    return 0.5 + float(case.arbitrary(of="advantage").abs())


def clipped(logp: Tensor, logp_old: Tensor, advantages: Tensor) -> Tensor:
    """Minus the loss of PPO-clip."""
    return -losses.ppo_clip(logp, logp_old, advantages, CLIP)


def unclipped(logp: Tensor, logp_old: Tensor, advantages: Tensor) -> Tensor:
    """Minus the loss of the surrogate without clipping."""
    return -losses.cpi(logp, logp_old, advantages)


def _scale(case: Case, region: str) -> Tensor:
    """1 / π_old, so that π / π_old is the ratio of that region."""
    return case.within(*REGIONS[region], of="ratio") / table(case, case.policy)[0, 0]


def _at_one_step(ascent: Ascent, case: Case, region: str, sign: int, policy: SoftmaxPolicy):
    logp = policy(case.world.observations[:1]).log_prob(torch.zeros(1, dtype=torch.int64))
    logp_old = -_scale(case, region).log()
    credit = torch.full((1, 1), sign * _advantage(case), dtype=torch.float64)
    return ascent(logp[None], logp_old.expand(1, 1), credit)


def _value(ascent: Ascent, region: str, sign: int) -> Callable[[Case], Tensor]:
    return lambda case: _at_one_step(ascent, case, region, sign, case.policy)[None]


def _gradient(ascent: Ascent, region: str, sign: int) -> Callable[[Case], Tensor]:
    return lambda case: gradient_by_weights(
        case, lambda policy: _at_one_step(ascent, case, region, sign, policy)
    )[None]


def _bridge(result: Derivation, region: str, sign: int, *routes: Route) -> Bridge:
    return Bridge(
        result=result,
        at=f"{region}, A {'>' if sign > 0 else '<'} 0",
        constants=lambda case: {
            chapter.EPS: CLIP,
            chapter.A: sign * _advantage(case),
            chapter.GAIN: _advantage(case),
            chapter.LOSS: _advantage(case),
        },
        tables=lambda case: {"r": _scale(case, region)},
        routes=routes,
    )


def _values(result: Derivation, signs: tuple[int, ...]) -> tuple[Bridge, ...]:
    """The objective itself, in every region."""
    return tuple(
        _bridge(
            result,
            region,
            sign,
            Route(code=("rlcheck.losses.ppo_clip",), compute=_value(clipped, region, sign)),
        )
        for region, sign in product(REGIONS, signs)
    )


def _bound() -> tuple[Bridge, ...]:
    """The first side is PPO's objective, the second the surrogate."""
    return tuple(
        _bridge(
            chapter.LOWER_BOUND,
            region,
            sign,
            Route(
                code=("rlcheck.losses.ppo_clip",),
                compute=_value(clipped, region, sign),
                sides=(0,),
            ),
            Route(
                code=("rlcheck.losses.cpi",), compute=_value(unclipped, region, sign), sides=(1,)
            ),
        )
        for region, sign in product(REGIONS, (1, -1))
    )


def _slopes(result: Derivation, regions: tuple[str, ...], signs: tuple[int, ...]):
    """The gradient, in the regions that the result is about."""
    return tuple(
        _bridge(
            result,
            region,
            sign,
            Route(code=("rlcheck.losses.ppo_clip",), compute=_gradient(clipped, region, sign)),
        )
        for region, sign in product(regions, signs)
    )


BRIDGES = (
    *_values(chapter.POSITIVE_ADVANTAGE, (1,)),
    *_values(chapter.NEGATIVE_ADVANTAGE, (-1,)),
    *_bound(),
    *_slopes(chapter.GRADIENT_GAIN_BELOW, (BELOW, INSIDE), (1,)),
    *_slopes(chapter.GRADIENT_GAIN_ABOVE, (ABOVE,), (1,)),
    *_slopes(chapter.GRADIENT_LOSS_ABOVE, (INSIDE, ABOVE), (-1,)),
    *_slopes(chapter.GRADIENT_LOSS_BELOW, (BELOW,), (-1,)),
    *_slopes(chapter.GRADIENT_AT_OLD, (INSIDE,), (1, -1)),
)
