"""The Fisher matrix as the curvature of the KL divergence."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.exact.divergence import mean_kl_divergence
from rlcheck.exact.policy import policy_table
from rlcheck.worlds.tabular import TabularMDP


def fisher_by_divergence(
    world: TabularMDP, policy: nn.Module, weights: Float[Tensor, "S"]
) -> Float[Tensor, "P P"]:
    """F = nabla^2_theta sum_s w(s) KL(pi_old(. | s) || pi_theta(. | s)) at theta = old.

    Source: Schulman et al. (2015), appendix C (the analytic Fisher matrix).
    """
    pi = policy_table(policy, world)
    divergence = mean_kl_divergence(pi.detach(), pi, weights)
    parameters = [p for p in policy.parameters() if p.requires_grad]
    first = torch.autograd.grad(
        divergence, parameters, create_graph=True, allow_unused=True, materialize_grads=True
    )
    gradient = torch.cat([g.reshape(-1) for g in first])
    rows = []
    for entry in gradient:
        if not entry.requires_grad:
            rows.append(torch.zeros_like(gradient))
            continue
        second = torch.autograd.grad(
            entry, parameters, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        rows.append(torch.cat([g.reshape(-1) for g in second]))
    return torch.stack(rows).detach()
