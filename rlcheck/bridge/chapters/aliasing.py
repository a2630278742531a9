"""Bridges of `derivations.aliasing`: the corridor in which two cells look the same.

The formula's side reads the result's own problem; the code's is the world of the gallery, whose
dirt ends the episode where the problem's goes on without pay. Only the discount is the case's, up
to `MOST`.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from derivations import aliasing as chapter
from derivations.language.terms import rho
from rlcheck import exact
from rlcheck.bridge.batches import table
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge, Route
from rlcheck.exact import floors
from rlcheck.strategies import SoftmaxPolicy
from rlcheck.worlds import TabularMDP
from rlcheck.worlds.gallery.corridor import vacuum_corridor

CERTAIN = 1000.0
"""A logit beside which exp(−1000) is zero in float64: the policy is deterministic."""

MOST = 0.999
"""The largest discount: rounding grows by (1 − γ)⁻², and a floor has to be sharp."""

LEFT, RIGHT, EVEN = -CERTAIN, CERTAIN, 0.0


def _coin(case: Case) -> float:
    """The logit of going right, log ρ / (1 − ρ): any ρ inside (0, 1)."""
    return float(case.arbitrary(of="coin"))


def _policy(left_wall: float, corridor: float, right_wall: float) -> SoftmaxPolicy:
    """By the logit of going right where it sees the left wall, nothing, the right wall."""
    network = nn.Linear(4, 2, bias=False, dtype=torch.float64, device="meta")
    network = network.to_empty(device="cpu")
    rights = torch.tensor([left_wall, corridor, right_wall, LEFT], dtype=torch.float64)
    with torch.no_grad():
        network.weight.copy_(torch.stack([torch.zeros_like(rights), rights]))
    return SoftmaxPolicy(network)


def _gallery(case: Case) -> TabularMDP:
    return vacuum_corridor(case.forever.gamma)


def _problem(case: Case) -> TabularMDP:
    """The numbers of the results' own problem, of which only the policies differ."""
    problem = chapter.GAP.problem
    assert problem is not None
    dynamics, reward, initial = (
        torch.tensor([[[float(x) for x in row] for row in rows] for rows in problem.dynamics]),
        torch.tensor([[float(x) for x in row] for row in problem.reward]),
        torch.tensor([float(x) for x in problem.initial]),
    )
    return TabularMDP(
        transitions=dynamics.double(),
        rewards=reward.double(),
        initial=initial.double(),
        gamma=min(case.forever.gamma, MOST),
        horizon=1,
        observations=_gallery(case).observations,
    )


def _in_corridor(
    policy: Callable[[Case], SoftmaxPolicy], old: Callable[[Case], SoftmaxPolicy]
) -> Callable[[Case], Case]:
    """The case with the corridor in place of its world."""

    def prepare(case: Case) -> Case:
        return Case(world=_problem(case), policy=policy(case), old=old(case), numbers=case.numbers)

    return prepare


def _tossing(case: Case) -> SoftmaxPolicy:
    return _policy(RIGHT, _coin(case), LEFT)


def _even(case: Case) -> SoftmaxPolicy:
    return _policy(RIGHT, EVEN, LEFT)


def _always_right(case: Case) -> SoftmaxPolicy:
    """With a coin at the wall that it meets."""
    return _policy(RIGHT, RIGHT, _coin(case))


def _always_left(case: Case) -> SoftmaxPolicy:
    return _policy(_coin(case), LEFT, LEFT)


def _objective(case: Case) -> Tensor:
    return exact.objective(_gallery(case), table(case, case.policy))[None]


def _by_values(case: Case) -> Tensor:
    """(V(1) + V(3)) / 2."""
    values = exact.state_values(_gallery(case), table(case, case.policy))
    return (values[1] + values[3])[None] / 2


def _even_objective(case: Case) -> Tensor:
    """The bound is the even coin's value."""
    return exact.objective(_gallery(case), table(case, _even(case)))[None]


def _gap(case: Case) -> Tensor:
    new, old = (
        exact.objective(_gallery(case), table(case, policy)) for policy in (case.policy, case.old)
    )
    return (new - old)[None]


def _floor(case: Case) -> float:
    """Of a difference of two values."""
    tables = (table(case, policy) for policy in (case.policy, case.old, _even(case)))
    return 2 * max(floors.value_floor(_gallery(case), pi) for pi in tables)


def _constants(case: Case):
    return {rho: float(torch.tensor(_coin(case), dtype=torch.float64).sigmoid())}


OBJECTIVE, VALUES = ("rlcheck.exact.objective",), ("rlcheck.exact.state_values",)


def _of_one_policy(result, policy: Callable[[Case], SoftmaxPolicy]) -> Bridge:
    return Bridge(
        result=result,
        prepare=_in_corridor(policy, policy),
        constants=_constants,
        routes=(
            Route(code=OBJECTIVE, compute=_objective, floor=_floor),
            Route(code=VALUES, compute=_by_values, floor=_floor),
        ),
    )


BRIDGES = (
    Bridge(
        result=chapter.BEST_COIN,
        prepare=_in_corridor(_tossing, _tossing),
        constants=_constants,
        routes=(
            Route(code=OBJECTIVE, compute=_objective, sides=(0, 1, 2, 3), floor=_floor),
            Route(code=VALUES, compute=_by_values, sides=(0, 1, 2, 3), floor=_floor),
            Route(code=OBJECTIVE, compute=_even_objective, sides=(4,), floor=_floor),
        ),
    ),
    _of_one_policy(chapter.ALWAYS_RIGHT, _always_right),
    _of_one_policy(chapter.ALWAYS_LEFT, _always_left),
    Bridge(
        result=chapter.GAP,
        prepare=_in_corridor(_even, _always_right),
        routes=(Route(code=OBJECTIVE, compute=_gap, sides=(0, 1, 2), floor=_floor),),
    ),
)
