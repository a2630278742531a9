"""Bridges of `derivations.adaptive_penalty`: the code's rule, twice, on a KL that answers.

The rule is the code's; that doubling β divides the KL by q is what the results suppose.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from derivations import adaptive_penalty as chapter
from derivations.language.statement import Derivation
from rlcheck import steps
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge, Route

COEFFICIENT = 0.75
"""β, exact in binary."""

Numbers = Callable[[Case], tuple[float, float, float]]
"""case -> (d, d_targ, q), inside the region that a result speaks of."""


def _target(case: Case) -> float:
    """On both sides of one: a bound that forgets d_targ is then in the way of some d."""
    return 2 ** case.within(-4, 4, of="target")


def _resting(case: Case) -> tuple[float, float, float]:
    target = _target(case)
    return case.within(target / 1.5, 1.5 * target, of="kl"), target, 4.0


def _above(case: Case) -> tuple[float, float, float]:
    """q < 9/4, and d up to 1.5 q d_targ."""
    target, answer = _target(case), case.within(1, 2.25, of="answer")
    return case.within(1.5 * target, answer * 1.5 * target, of="kl"), target, answer


def _below(case: Case) -> tuple[float, float, float]:
    """q < 9/4, and d down to d_targ / (1.5 q)."""
    target, answer = _target(case), case.within(1, 2.25, of="answer")
    return case.within(target / 1.5 / answer, target / 1.5, of="kl"), target, answer


def _strong(case: Case) -> tuple[float, float, float]:
    """The q = 4 of the quadratic model, and d from 1.5 d_targ to q d_targ / 1.5."""
    target = _target(case)
    return case.within(1.5 * target, 4 * target / 1.5, of="kl"), target, 4.0


def _coefficient(numbers: Numbers) -> Callable[[Case], Tensor]:
    def compute(case: Case) -> Tensor:
        kl, target, _ = numbers(case)
        return torch.tensor([steps.adaptive_kl(COEFFICIENT, kl, target)], dtype=torch.float64)

    return compute


def _twice(numbers: Numbers) -> Callable[[Case], Tensor]:
    """The KL after two updates of β."""

    def compute(case: Case) -> Tensor:
        kl, target, answer = numbers(case)
        coefficient = COEFFICIENT
        for _ in range(2):
            updated = steps.adaptive_kl(coefficient, kl, target)
            kl *= answer ** math.log2(coefficient / updated)
            coefficient = updated
        return torch.tensor([kl], dtype=torch.float64)

    return compute


def _bridge(result: Derivation, numbers: Numbers, compute: Callable[[Case], Tensor]) -> Bridge:
    def constants(case: Case):
        kl, target, answer = numbers(case)
        return {
            chapter.D: kl,
            chapter.TARGET: target,
            chapter.Q: answer,
            chapter.BETA: COEFFICIENT,
        }

    return Bridge(
        result=result,
        constants=constants,
        routes=(Route(code=("rlcheck.steps.adaptive_kl",), compute=compute),),
    )


BRIDGES = (
    _bridge(chapter.STAYS, _resting, _coefficient(_resting)),
    _bridge(chapter.SETTLES_FROM_ABOVE, _above, _twice(_above)),
    _bridge(chapter.SETTLES_FROM_BELOW, _below, _twice(_below)),
    _bridge(chapter.JUMPS_OVER, _strong, _twice(_strong)),
)
