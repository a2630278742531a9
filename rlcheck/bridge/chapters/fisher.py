"""Bridges of `derivations.fisher`: the curvature of KL, by autograd and by scores.

Both are symmetric matrices, held along all e_i + e_j, i ≤ j, in each state.
"""

import torch
from torch import Tensor

from derivations import fisher as chapter
from rlcheck import estimators, exact, steps
from rlcheck.bridge.case import Case
from rlcheck.bridge.chapters.trust_region import (
    along,
    curvature_floor,
    curvature_of_kl,
    directions,
    scores_squared,
)
from rlcheck.bridge.form import Bridge, Route


def _by_products(case: Case) -> Tensor:
    """The Hessian by products with each direction, and the KL by that of logits."""
    logits = case.policy(case.world.observations).logits
    divergence = estimators.kl_categorical(logits.detach(), logits)
    parameters = list(case.policy.parameters())
    rows = []
    for state in range(case.states):
        product = steps.fisher_vector_product(divergence[state], parameters)
        rows.append(torch.stack([v @ product(v) for v in directions(case)]))
    return torch.stack(rows)


def _curvature_of_log(case: Case) -> Tensor:
    """−Σ_a π υᵀ(∇²log π)υ, by autograd on log π with π held."""
    pi = exact.policy_table(case.policy, case.world)
    mean = -(pi.detach() * pi.log()).sum(-1)
    parameters = list(case.policy.parameters())

    def hessian(weights: Tensor) -> Tensor:
        product = steps.fisher_vector_product(mean @ weights, parameters)
        return torch.stack([product(unit) for unit in torch.eye(_count(case)).to(weights)])

    return along(case, hessian)


def _count(case: Case) -> int:
    return sum(parameter.numel() for parameter in case.policy.parameters())


SCORES = Route(code=("rlcheck.exact.fisher_matrix",), compute=scores_squared)

BRIDGES = (
    Bridge(
        result=chapter.CURVATURE,
        prepare=Case.at_old,
        directions=directions,
        routes=(
            SCORES,
            Route(
                code=("rlcheck.exact.routes.fisher_by_divergence",),
                compute=curvature_of_kl,
                floor=curvature_floor,
            ),
            Route(
                code=("rlcheck.steps.fisher_vector_product", "rlcheck.estimators.kl_categorical"),
                compute=_by_products,
                floor=curvature_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.OF_SCORES,
        directions=directions,
        routes=(
            SCORES,
            Route(
                code=("rlcheck.exact.policy_table", "rlcheck.steps.fisher_vector_product"),
                compute=_curvature_of_log,
                floor=curvature_floor,
            ),
        ),
    ),
)
