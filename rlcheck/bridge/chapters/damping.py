"""Bridges of `derivations.damping`: TRPO's own step, by its own product, in a bandit's logits."""

import torch
from torch import Tensor

from derivations import damping as chapter
from rlcheck import estimators, exact, steps
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.trust_region import REGION, bandit_step
from rlcheck.bridge.form import Bridge, Route
from rlcheck.bridge.tracked import UNIT
from rlcheck.exact.policy import flatten

DAMPING = 0.125
"""c, exact in binary."""


def _by_hand(case: Case) -> tuple[Tensor, Tensor, Tensor]:
    """p, F = diag p − p pᵀ and ξ = (F + cI)⁻¹ g of the bandit's softmax, g = p (r − E r)."""
    p, paid = case.law("arms"), bandit_step(case).world.rewards[0, :, 0]
    fisher = torch.diag(p) - p[:, None] * p
    damped = fisher + DAMPING * torch.eye(len(p), dtype=torch.float64)
    return p, fisher, torch.linalg.solve(damped, p * (paid - p @ paid))


def _length(fisher: Tensor, step: Tensor) -> Tensor:
    """√(2δ / zᵀ(F + cI)z)."""
    return (2 * REGION / (step @ fisher @ step + DAMPING * step @ step)).sqrt()


def _tables(case: Case) -> Tables:
    """A score is the step less its mean, where the logits are the parameters."""
    p, fisher, own = _by_hand(case)
    other = bandit_step(case).other
    other = _length(fisher, other) * other
    return {"p": p, "xi": own, "upsilon": other, "X": own - p @ own, "Y": other - p @ other}


def _constants(case: Case):
    _, fisher, own = _by_hand(case)
    return {
        chapter.C: DAMPING,
        chapter.DELTA: REGION,
        chapter.LENGTH: float(_length(fisher, own)),
    }


def _product(case: Case, damping: float):
    """v → (F + cI)v by differentiating the divergence twice, as TRPO does."""
    step = bandit_step(case)
    parameters = list(step.policy.parameters())
    logits = step.policy(step.world.observations).logits
    divergence = estimators.kl_categorical(logits.detach(), logits).mean()
    return steps.fisher_vector_product(divergence, parameters, damping=damping)


def _gradient(case: Case) -> Tensor:
    step = bandit_step(case)
    return flatten(exact.objective_gradient(step.world, step.policy))


def _step(case: Case) -> steps.TrustRegionStep:
    return steps.trust_region_step(_gradient(case), _product(case, DAMPING), REGION)


def _gain_of_other(case: Case) -> Tensor:
    """k gᵀυ, υ of damped length δ by the product."""
    other = bandit_step(case).other
    squared = other @ _product(case, DAMPING)(other)
    gain = _gradient(case) @ other * (2 * REGION / squared).sqrt()
    return (_step(case).length * gain)[None]


def _gain(case: Case) -> Tensor:
    """k gᵀ(kξ)."""
    found = _step(case)
    return (found.length * (_gradient(case) @ found.step))[None]


def _divergence(case: Case) -> Tensor:
    """½ zᵀFz for z = kξ, F without damping."""
    step = _step(case).step
    return (step @ _product(case, 0.0)(step) / 2)[None]


def _floor(case: Case) -> float:
    """n² u κ of the largest contribution, κ ≤ (1 + c)/c of F + cI, whose F has ‖F‖ ≤ 1.

    A solution errs by n² u κ relatively, and every quantity here has it at most twice on each side,
    squared; no contribution is larger than k‖g‖ times a step, steps being at most √(2δ/c) long.
    """
    found = _step(case)
    largest = float(found.length * _gradient(case).norm()) * (2 * REGION / DAMPING) ** 0.5
    arms = len(case.law("arms"))
    return 8 * arms**2 * UNIT * (1 + DAMPING) / DAMPING * max(largest, REGION)


STEP = (
    "rlcheck.steps.trust_region_step",
    "rlcheck.steps.fisher_vector_product",
    "rlcheck.estimators.kl_categorical",
)

BRIDGES = (
    Bridge(
        result=chapter.BEST,
        constants=_constants,
        tables=_tables,
        routes=(
            Route(code=STEP, compute=_gain_of_other, sides=(0, 1), floor=_floor),
            Route(code=STEP, compute=_gain, sides=(2, 3, 4), floor=_floor),
        ),
    ),
    Bridge(
        result=chapter.INSIDE,
        constants=_constants,
        tables=_tables,
        routes=(Route(code=STEP, compute=_divergence, sides=(0, 1), floor=_floor),),
    ),
)
