"""Bridges of `derivations.values`."""

from torch import Tensor

from derivations import values as chapter
from rlcheck import estimators, exact
from rlcheck.bridge.batches import all_rollouts, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge, Route


def state_values(case: Case) -> Tensor:
    """V_t(s), by time and state."""
    return exact.state_values(case.world, table(case, case.policy)).flatten()


def action_values(case: Case) -> Tensor:
    """Q_t(s, a), by time, state and action."""
    return exact.action_values(case.world, table(case, case.policy)).flatten()


def _mean_return(case: Case, by_action: bool) -> tuple[Tensor, Tensor]:
    """E[G_t | s_t (, a_t)] over all rollouts, and the probability of the condition."""
    rollouts = all_rollouts(case, case.policy)
    assert rollouts.states is not None
    assert rollouts.probability is not None
    returns = estimators.reward_to_go(rollouts.rewards, case.world.gamma, rollouts.terminated)
    place = rollouts.states
    count = case.states
    if by_action:
        place, count = place * case.actions + rollouts.actions, count * case.actions
    total = returns.new_zeros(case.steps, count)
    weight = rollouts.probability.expand_as(returns)
    mass = total.scatter_add(1, place, weight)
    return total.scatter_add(1, place, weight * returns) / mass, mass


def _reached(by_action: bool):
    return lambda case: (_mean_return(case, by_action)[1] > 0).flatten()


def _returns(by_action: bool):
    return lambda case: _mean_return(case, by_action)[0].flatten()


BRIDGES = (
    Bridge(
        result=chapter.VALUE,
        routes=(
            Route(
                code=("rlcheck.exact.state_values",),
                compute=state_values,
                sides=(1, 2),
            ),
            Route(
                code=("rlcheck.estimators.reward_to_go",),
                compute=_returns(by_action=False),
                claimed=_reached(by_action=False),
            ),
        ),
    ),
    Bridge(
        result=chapter.ACTION_VALUE,
        routes=(
            Route(
                code=("rlcheck.exact.action_values",),
                compute=action_values,
                sides=(2, 3),
            ),
            Route(
                code=("rlcheck.estimators.reward_to_go",),
                compute=_returns(by_action=True),
                claimed=_reached(by_action=True),
            ),
        ),
    ),
)
