"""Bridges of `derivations.stale_data`: rollouts, or gradients, of a policy that is no longer."""

from torch import Tensor

from derivations import stale_data as chapter
from rlcheck import exact
from rlcheck.bridge.batches import all_rollouts, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.actor_critic import mean_over
from rlcheck.bridge.chapters.common import at_pairs, objective_gradient
from rlcheck.bridge.form import Bridge, Route


def _stale_data(case: Case) -> Tensor:
    """Rollouts of the old policy, score and advantage of the new one."""
    rollouts = all_rollouts(case, case.old)
    credit = at_pairs(exact.advantages(case.world, table(case, case.policy)), rollouts)
    return (mean_over(case, rollouts, credit) - objective_gradient(case))[None]


def _stale_gradient(case: Case) -> Tensor:
    """All of the old policy."""
    return (objective_gradient(case.at_old()) - objective_gradient(case))[None]


def _stale_gradient_by_loss(case: Case) -> Tensor:
    old = case.at_old()
    rollouts = all_rollouts(old, old.policy)
    credit = at_pairs(exact.advantages(old.world, table(old, old.policy)), rollouts)
    return (mean_over(old, rollouts, credit) - objective_gradient(case))[None]


BY_LOSS = (
    "rlcheck.losses.a2c_loss",
    "rlcheck.exact.advantages",
    "rlcheck.exact.objective_gradient",
)

BRIDGES = (
    Bridge(result=chapter.STALE, routes=(Route(code=BY_LOSS, compute=_stale_data),)),
    Bridge(
        result=chapter.STALE_GRADIENT,
        routes=(
            Route(code=("rlcheck.exact.objective_gradient",), compute=_stale_gradient),
            Route(code=BY_LOSS, compute=_stale_gradient_by_loss),
        ),
    ),
)
