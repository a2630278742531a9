"""Bridges of `derivations.policy_gradient_forever`: the discounted infinite horizon.

No list of rollouts ends here: the code's side is `rlcheck.exact`, by linear solves and autograd
through them, and by the policy gradient theorem with its series.
"""

from dataclasses import replace

import torch
from torch import Tensor

from derivations import policy_gradient_forever as chapter
from derivations.language.terms import gamma
from rlcheck import exact
from rlcheck.bridge.batches import gradient_by_weights, table
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.common import forever_gradient_floor, forever_value_floor
from rlcheck.bridge.form import Bridge, Route
from rlcheck.exact import routes
from rlcheck.exact.policy import flatten


def _discount(case: Case):
    return {gamma: case.forever.gamma}


def _values(case: Case) -> Tensor:
    return exact.state_values(case.forever, table(case, case.policy))


def _action_values(case: Case) -> Tensor:
    return exact.action_values(case.forever, table(case, case.policy)).flatten()


def _gradients_of_values(case: Case) -> Tensor:
    rows = [
        gradient_by_weights(
            case,
            lambda policy, s=s: exact.state_values(
                case.forever, exact.policy_table(policy, case.world)
            )[s],
        )
        for s in range(case.states)
    ]
    return torch.stack(rows)


def _value_gradient_floor(case: Case) -> float:
    """∇V(s) is ∇J of the world that begins in s; the floor is at its largest over μ there."""
    starts = torch.eye(case.states, dtype=torch.float64)
    worlds = (starting(case, start) for start in starts)
    return max(forever_gradient_floor(case) for case in worlds)


def starting(case: Case, initial: Tensor) -> Case:
    """The same case with another law of s_0."""
    return replace(case, world=replace(case.world, initial=initial))


def _gradient(case: Case) -> Tensor:
    return flatten(exact.objective_gradient(case.forever, case.policy))[None]


def _by_theorem(case: Case) -> Tensor:
    return flatten(routes.gradient_by_theorem(case.forever, case.policy))[None]


GRADIENT_ROUTES = (
    Route(
        code=("rlcheck.exact.objective_gradient",),
        compute=_gradient,
        floor=forever_gradient_floor,
    ),
    Route(
        code=("rlcheck.exact.routes.gradient_by_theorem",),
        compute=_by_theorem,
        floor=forever_gradient_floor,
    ),
)

BRIDGES = (
    Bridge(
        result=chapter.BELLMAN_V,
        constants=_discount,
        routes=(
            Route(
                code=("rlcheck.exact.state_values",),
                compute=_values,
                floor=forever_value_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.BELLMAN_Q,
        constants=_discount,
        routes=(
            Route(
                code=("rlcheck.exact.action_values",),
                compute=_action_values,
                floor=forever_value_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.GRADIENT_OF_VALUE,
        constants=_discount,
        routes=(
            Route(
                code=("rlcheck.exact.state_values",),
                compute=_gradients_of_values,
                floor=_value_gradient_floor,
            ),
        ),
    ),
    Bridge(result=chapter.THEOREM, constants=_discount, routes=GRADIENT_ROUTES),
    Bridge(result=chapter.ADVANTAGE_FORM, constants=_discount, routes=GRADIENT_ROUTES),
)
