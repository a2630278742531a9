"""The Fisher matrix of a policy, averaged over states.

Route: outer products of the scores. `routes.fisher_by_divergence` takes the Hessian of the KL.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.occupancy import occupancy
from rlcheck.exact.policy import jacobian_by_parameters, policy_table, trainable_parameters
from rlcheck.worlds.tabular import TabularMDP


def fisher_matrix(
    world: TabularMDP, policy: nn.Module, weights: Float[Tensor, "S"] | None = None
) -> Float[Tensor, "P P"]:
    """F = sum_s w(s) sum_a pi(a|s) (nabla log pi(a|s)) (nabla log pi(a|s))^T, parameters flat.

    Computed as nabla pi nabla pi^T / pi, in which an action that is never taken adds nothing.

    Args:
        world: gives the observations, and the default weights.
        policy: obs -> `Categorical`.
        weights: w, [S]; None for the discounted occupancy divided by its sum, so that F is an
            average over states and not over time.

    Returns:
        [P, P] in the order of `named_parameters`, without a graph.

    Raises:
        InvalidArgument: weights of another shape.

    Source: Kakade (2001), eq. 3 and the average below it; Schulman et al. (2015), appendix C.
    """
    pi = policy_table(policy, world)
    weights = default_weights(world, pi) if weights is None else weights
    if tuple(weights.shape) != (world.n_states,):
        raise InvalidArgument.of(
            "weights", tuple(weights.shape), "is not one weight a state", f"[{world.n_states}]"
        )
    parameters = trainable_parameters(policy)
    slope = jacobian_by_parameters(pi.flatten(), parameters).to(pi.dtype)
    chance = pi.detach().flatten()
    taken = chance > 0
    scale = weights.repeat_interleave(world.n_actions)[taken] / chance[taken]
    return slope[taken].T @ (scale[:, None] * slope[taken])


def default_weights(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Float[Tensor, "S"]:
    """d(s) / sum d, d the discounted occupancy: the weights of a mean over states, no graph."""
    visits = occupancy(world, torch.as_tensor(pi).detach())
    return visits / visits.sum()
