"""J, its gradient and its Hessian through the parameters of a policy network.

Route: autograd through the linear solve or the recursion of `values`. `routes` has the same by the
policy gradient theorem, by enumeration and by differences.
"""

from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.exact.policy import (
    flatten,
    gradient_by_parameters,
    jacobian_by_parameters,
    policy_table,
    trainable_parameters,
)
from rlcheck.exact.values import state_values
from rlcheck.worlds.tabular import TabularMDP


def objective(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Float[Tensor, ""]:
    """J = sum_s p_0(s) V(s) = E[sum_t gamma^t r_t], with the graph of `pi`.

    With a horizon V is that of step zero. The time limit plays no part.

    Raises:
        InvalidArgument: as for `state_values`.

    Source: Sutton et al. (2000), section 1 (the start-state formulation).
    """
    values = state_values(world, pi)
    return world.initial @ (values if world.horizon is None else values[0])


def objective_gradient(world: TabularMDP, policy: nn.Module) -> dict[str, Tensor]:
    """nabla_theta J(pi_theta): by parameter name, each in its parameter's shape, without a graph.

    Args:
        world: the problem.
        policy: obs -> `Categorical`. Parameters with `requires_grad` count; one that J does not
            depend on gets zeros.
    """
    parameters = trainable_parameters(policy)
    return gradient_by_parameters(objective(world, policy_table(policy, world)), parameters)


def objective_hessian(world: TabularMDP, policy: nn.Module) -> Float[Tensor, "P P"]:
    """nabla^2_theta J(pi_theta), over all parameters in the order of `named_parameters`, flat.

    It costs one backward pass a parameter: meant for small policies.
    """
    parameters = trainable_parameters(policy)
    value = objective(world, policy_table(policy, world))
    gradient = gradient_by_parameters(value, parameters, create_graph=True)
    return jacobian_by_parameters(flatten(gradient), parameters)
