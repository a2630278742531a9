"""nabla J by the policy gradient theorem, where `objective_gradient` differentiates J itself."""

import torch
from torch import Tensor, nn

from rlcheck.exact.policy import policy_table
from rlcheck.exact.routes.series import (
    action_values_by_series,
    occupancy_by_series,
    state_law_by_series,
)
from rlcheck.worlds.tabular import TabularMDP


def gradient_by_theorem(world: TabularMDP, policy: nn.Module) -> dict[str, Tensor]:
    """The gradient as sum_t gamma^t sum_s Pr(s_t = s) sum_a Q_t(s, a) nabla pi(a | s).

    Nothing is differentiated but the policy: Pr and Q are numbers, computed by the series.

    Args:
        world: the problem.
        policy: obs -> `Categorical`.

    Returns:
        The gradient by parameter name; zeros where J does not depend on one.

    Source: Sutton et al. (2000), theorem 1; the time-indexed form for a finite horizon.
    """
    pi = policy_table(policy, world)
    values = action_values_by_series(world, pi)
    if world.horizon is None:
        weights = occupancy_by_series(world, pi)[:, None] * values
    else:
        law = state_law_by_series(world, pi, world.horizon)
        time = torch.arange(world.horizon, device=law.device)
        weights = torch.einsum("t,ts,tsa->sa", world.gamma ** time.to(law.dtype), law, values)
    parameters = {n: p for n, p in policy.named_parameters() if p.requires_grad}
    gradients = torch.autograd.grad(
        pi, list(parameters.values()), weights, allow_unused=True, materialize_grads=True
    )
    return dict(zip(parameters, gradients, strict=True))
