"""Bridges of `derivations.policy_improvement`: the greedy policy against the one that it is of.

Which action is greedy is a choice that the code makes; the formula's own maximum says whether it
was right. A policy that depends on the time is a stationary one of the world whose state holds the
time.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from derivations import policy_improvement as chapter
from derivations.language.terms import GREEDY, GREEDY_IN_TIME, gamma
from rlcheck import exact
from rlcheck.bridge.batches import table
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.policy_gradient_forever import starting
from rlcheck.bridge.form import Bridge, Route
from rlcheck.exact import floors
from rlcheck.worlds import TabularMDP


def _greedy(q: Float[Tensor, "*N A"]) -> Float[Tensor, "*N A"]:
    """One for the first action of largest Q."""
    return torch.nn.functional.one_hot(q.argmax(-1), q.shape[-1]).to(q.dtype)


def _greedy_table(case: Case) -> Tables:
    return {str(GREEDY): _greedy(exact.action_values(case.forever, table(case, case.old)))}


def _greedy_by_time(case: Case) -> Tables:
    return {str(GREEDY_IN_TIME): _greedy(exact.action_values(case.world, table(case, case.old)))}


def _discount(case: Case):
    return {gamma: case.forever.gamma}


def _difference(case: Case) -> Tensor:
    """V_θ − V_old, by state."""
    new, old = (
        exact.state_values(case.forever, table(case, policy)) for policy in (case.policy, case.old)
    )
    return new - old


def _by_advantages(case: Case) -> Tensor:
    """Σ_x d_θ(x | s) Σ_a π_θ A_old, by state."""
    pi = table(case, case.policy)
    gain = (pi * exact.advantages(case.forever, table(case, case.old))).sum(-1)
    return _visits(case, pi) @ gain


def _visits(case: Case, pi: Tensor) -> Float[Tensor, "S S"]:
    """d(x | s): the occupancy after a start in s."""
    starts = torch.eye(case.states, dtype=torch.float64)
    return torch.stack([exact.occupancy(starting(case, start).forever, pi) for start in starts])


def _difference_floor(case: Case) -> float:
    """4 / (1 − γ) of a value's, the largest of all policies.

    An advantage has two floors, and an occupancy of sum 1 / (1 − γ) weighs it; its own relative
    floor, the same, is on an advantage of twice the size. A difference of two values has less.
    """
    tables = (table(case, case.policy), table(case, case.old), *_greedy_table(case).values())
    largest = max(floors.value_floor(case.forever, pi) for pi in tables)
    return 4 * largest / (1 - case.forever.gamma)


def _improvement(case: Case) -> Tensor:
    greedy = _greedy_table(case)[str(GREEDY)]
    new, old = (exact.state_values(case.forever, pi) for pi in (greedy, table(case, case.old)))
    return new - old


def _with_time(case: Case) -> TabularMDP:
    """The world whose state is (t, s); at the last time it stays, and the horizon ends it."""
    steps, states = case.steps, case.states
    transitions = torch.zeros(steps, states, case.actions, steps, states, dtype=torch.float64)
    for t in range(steps):
        transitions[t, :, :, min(t + 1, steps - 1)] = case.world.transitions
    count = steps * states
    initial = torch.zeros(steps, states, dtype=torch.float64)
    initial[0] = case.world.initial
    return TabularMDP(
        transitions=transitions.reshape(count, case.actions, count),
        rewards=case.world.rewards[..., 0].repeat(steps, 1),
        initial=initial.flatten(),
        gamma=case.world.gamma,
        horizon=steps,
    )


def _improvement_in_time(case: Case) -> Tensor:
    """V_t of the greedy policy less that of the old one, by time and state."""
    greedy = _greedy_by_time(case)[str(GREEDY_IN_TIME)].flatten(0, 1)
    by_time = exact.state_values(_with_time(case), greedy).unflatten(1, (case.steps, case.states))
    new = torch.stack([by_time[t, t] for t in range(case.steps)])
    return (new - exact.state_values(case.world, table(case, case.old))).flatten()


def _reached(case: Case) -> Tensor:
    """Where the greedy policy is at s at time t at all: the lines take their means given that."""
    greedy = _greedy_by_time(case)[str(GREEDY_IN_TIME)].flatten(0, 1)
    law = exact.state_law(_with_time(case), greedy).unflatten(1, (case.steps, case.states))
    return torch.stack([law[t, t] for t in range(case.steps)]).flatten() > 0


BRIDGES = (
    Bridge(
        result=chapter.DIFFERENCE,
        constants=_discount,
        routes=(
            Route(
                code=("rlcheck.exact.state_values",), compute=_difference, floor=_difference_floor
            ),
            Route(
                code=("rlcheck.exact.occupancy", "rlcheck.exact.advantages"),
                compute=_by_advantages,
                floor=_difference_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.IMPROVEMENT,
        constants=_discount,
        tables=_greedy_table,
        routes=(
            Route(
                code=("rlcheck.exact.state_values", "rlcheck.exact.action_values"),
                compute=_improvement,
                sides=(0, 1, 2, 3),
                floor=_difference_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.IMPROVEMENT_IN_TIME,
        tables=_greedy_by_time,
        routes=(
            Route(
                code=("rlcheck.exact.state_values", "rlcheck.exact.action_values"),
                compute=_improvement_in_time,
                sides=(0,),  # values alone are defined everywhere
            ),
            Route(
                code=("rlcheck.exact.state_values", "rlcheck.exact.action_values"),
                compute=_improvement_in_time,
                sides=(1, 2, 3, 4),
                claimed=_reached,
            ),
        ),
    ),
)
