"""Bridges of `derivations.penalty`: Lagrange's condition in a bandit, and the quadratic model.

A finite law is a bandit's policy there. In the model the bandit's softmax is tabular: the score
along a step z is z less its mean, and the natural gradient is the reward itself.
"""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from derivations import penalty as chapter
from rlcheck import exact, steps
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.trust_region import Step, bandit_step
from rlcheck.bridge.form import Bridge, Route
from rlcheck.bridge.tracked import UNIT
from rlcheck.exact.policy import flatten
from rlcheck.worlds import TabularMDP

BETA, NU = 0.75, 0.5
"""β and ν, exact in binary."""

REGION = 1 / 128
"""δ, exact in binary."""


def _laws(case: Case) -> Tables:
    return {"p": case.law("other"), "q": case.law("old"), "p_*": case.law("best policy")}


def _bandit(case: Case) -> TabularMDP:
    """Paid A = ν − β q / p*."""
    laws = _laws(case)
    paid = NU - BETA * laws["q"] / laws["p_*"]
    return replace(bandit_step(case).world, rewards=paid[None, :, None])


def _penalised(case: Case, law: str) -> Tensor:
    """E_law[A] − β KL(q ‖ law)."""
    laws = _laws(case)
    gain = exact.objective(_bandit(case), laws[law][None])
    return gain - BETA * exact.kl_divergence(laws["q"][None], laws[law][None])[0]


def _loss_of_others(case: Case) -> Tensor:
    return (_penalised(case, "p") - _penalised(case, "p_*"))[None]


def _multiplier(case: Case) -> Tensor:
    """ν − E_{p*}[A]."""
    return (NU - exact.objective(_bandit(case), _laws(case)["p_*"][None]))[None]


def _model(case: Case) -> Tables:
    """Y and Z by hand."""
    p, step = case.law("arms"), bandit_step(case)
    paid = step.world.rewards[0, :, 0]
    return {"p": p, "Y": paid - p @ paid, "Z": step.other - p @ step.other}


def _fisher(step: Step) -> Tensor:
    return exact.fisher_matrix(step.world, step.policy)


def _penalised_step(case: Case) -> Tensor:
    """gᵀz − β/2 zᵀFz."""
    step = bandit_step(case)
    gradient = flatten(exact.objective_gradient(step.world, step.policy))
    other = step.other
    return (gradient @ other - BETA / 2 * other @ _fisher(step) @ other)[None]


def _best_step(case: Case) -> Tensor:
    """The same for z = y/β: ½ gᵀy/β."""
    step = bandit_step(case)
    gradient = flatten(exact.objective_gradient(step.world, step.policy))
    return (gradient @ step.world.rewards[0, :, 0] / (2 * BETA))[None]


def _divergence_of_half(case: Case) -> Tensor:
    """½ zᵀFz for z = y/(2β)."""
    step = bandit_step(case)
    half = step.world.rewards[0, :, 0] / (2 * BETA)
    return (half @ _fisher(step) @ half / 2)[None]


def _divergence_of_trust_region(case: Case) -> Tensor:
    """½ zᵀFz for TRPO's own step."""
    step = bandit_step(case)
    fisher = _fisher(step)
    gradient = flatten(exact.objective_gradient(step.world, step.policy))
    found = steps.trust_region_step(gradient, lambda v: fisher @ v, REGION).step
    return (found @ fisher @ found / 2)[None]


def _model_floor(case: Case) -> float:
    """n² roundings of every contribution to a quadratic form, before any mean is taken off."""
    p, step = case.law("arms"), bandit_step(case)
    paid = step.world.rewards[0, :, 0]
    largest = (paid.abs() + step.other.abs()).max() ** 2 * (1 + 1 / BETA) ** 2
    return 8 * len(p) ** 2 * UNIT * float(largest)


def _of_the_model(result, *routes: tuple[tuple[str, ...], Callable, tuple[int, ...]]) -> Bridge:
    return Bridge(
        result=result,
        constants=lambda case: {chapter.BETA: BETA, chapter.DELTA: REGION},
        tables=_model,
        routes=tuple(
            Route(code=code, compute=compute, sides=sides, floor=_model_floor)
            for code, compute, sides in routes
        ),
    )


def _lagrange(case: Case):
    return {chapter.BETA: BETA, chapter.NU: NU}


GRADIENT, FISHER = "rlcheck.exact.objective_gradient", "rlcheck.exact.fisher_matrix"

BRIDGES = (
    Bridge(
        result=chapter.POLICY_SPACE,
        constants=_lagrange,
        tables=_laws,
        routes=(
            Route(
                code=("rlcheck.exact.objective", "rlcheck.exact.kl_divergence"),
                compute=_loss_of_others,
                sides=(0, 1, 2),
            ),
        ),
    ),
    Bridge(
        result=chapter.MULTIPLIER,
        constants=_lagrange,
        tables=_laws,
        routes=(Route(code=("rlcheck.exact.objective",), compute=_multiplier),),
    ),
    _of_the_model(
        chapter.STEP,
        ((FISHER, GRADIENT), _penalised_step, (0, 1)),
        ((GRADIENT,), _best_step, (2,)),
    ),
    _of_the_model(chapter.FOURTH, ((FISHER,), _divergence_of_half, (0, 1))),
    _of_the_model(
        chapter.OF_TRUST_REGION,
        (("rlcheck.steps.trust_region_step",), _divergence_of_trust_region, (0, 1, 2)),
    ),
)
