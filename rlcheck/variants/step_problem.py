"""A batch as the problem that a trust-region step is taken on; which part of it is asked for."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn

from rlcheck.exact.trust_region import StepProblem, describe
from rlcheck.subjects.batch import Batch

Part = Literal["product", "solver", "step"]

# A step does not depend on the scale of the advantages, and a residual that is held to an absolute
# tolerance does: many are (r^T r < 1e-10). Large ones leave nothing of it to be seen.
CREDIT = 256.0


PERFORMED: Mapping[Part, frozenset[str]] = MappingProxyType(
    {
        "product": frozenset({"curvature", "damping"}),
        "solver": frozenset({"solver"}),
        "step": frozenset(
            {"step-credit", "step-gradient", "curvature", "damping", "solver", "length"}
            | {"line-search"}
        ),
    }
)
"""The stages that each part performs itself."""


READ: Mapping[Part, frozenset[str]] = MappingProxyType(
    {
        "product": frozenset({"damping"}),
        "solver": frozenset({"cg_iterations", "cg_tolerance"}),
        "step": frozenset(
            {"max_kl", "damping", "cg_iterations", "cg_tolerance", "backtrack_coeff", "backtracks"}
        ),
    }
)
"""The settings that each part depends on."""


def part_of(asks: frozenset[str]) -> Part:
    """What an implementation that asks for these words performs of a step."""
    if "vector" in asks:
        return "product"
    return "solver" if "operator" in asks else "step"


def with_large_credit(batch: Batch) -> Batch:
    """The batch as it is handed over."""
    return replace(batch, advantages=CREDIT * batch.advantages)


@lru_cache(maxsize=64)
def problem_of(batch: Batch) -> StepProblem:
    """The problem of a batch without padding: its steps in a row, its policy's own parameters."""
    networks, rollout = batch.networks, batch.rollout
    return StepProblem(
        policy=networks.modules()["policy"],
        parameters=policy_parameters(batch),
        obs=_observations(batch),
        actions=rollout.actions.flatten(0, 1),
        advantages=CREDIT * batch.advantages.flatten(),
        logp_old=batch.logp_old.flatten().to(torch.float64),
    )


def policy_parameters(batch: Batch) -> dict[str, nn.Parameter]:
    """The parameters that the policy depends on; a critic's are no part of a step."""
    networks = batch.networks
    obs = _observations(batch)
    total = torch.zeros((), dtype=torch.float64, device=obs.device)
    for output in describe(networks.modules()["policy"](obs)):
        total = total + output.sum()
    named = networks.parameters
    slopes = torch.autograd.grad(total, list(named.values()), allow_unused=True)
    return {n: p for (n, p), g in zip(named.items(), slopes, strict=True) if g is not None}


def _observations(batch: Batch) -> Tensor:
    """One row a step, in the precision of the networks."""
    kind = next(iter(batch.networks.parameters.values())).dtype
    return batch.rollout.obs.flatten(0, 1).to(kind)


def products(matrix: Tensor) -> Tensor:
    """What products of a matrix with every unit vector are: its columns, one after the other."""
    return matrix.T.flatten()


def damped(problem: StepProblem, damping: float) -> Tensor:
    """F + damping I."""
    eye = torch.eye(len(problem.theta), dtype=torch.float64, device=problem.theta.device)
    return problem.fisher + damping * eye


def operators(problem: StepProblem, damping: float) -> tuple[Tensor, ...]:
    """What a solver is tried on: F + c I, and F itself, which is singular for a softmax policy."""
    return damped(problem, damping), problem.fisher
