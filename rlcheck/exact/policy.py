"""A policy network as the table that exact formulas need, with its graph."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.func import functional_call

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.tabular import TabularMDP


def policy_table(
    policy: Callable[[Tensor], Categorical], world: TabularMDP
) -> Float[Tensor, "S A"]:
    """pi(a | s) = pi_theta(a | o(s)) of every state, in float64 and with its graph.

    States that share an observation are asked about once, so that their rows are equal to the last
    bit. A network that computes in another precision is asked in its own.

    Args:
        policy: obs [B, O] -> `Categorical` with batch shape [B] and A actions.
        world: gives the observations [S, O].

    Raises:
        InvalidArgument: the policy returns something else, or other sizes.
    """
    obs, row = torch.unique(world.observations, dim=0, return_inverse=True)
    distribution = policy(_in_its_precision(policy, obs))
    if not isinstance(distribution, Categorical):
        raise InvalidArgument.of(
            "policy", distribution, "does not return a Categorical", "obs -> Categorical"
        )
    probabilities = distribution.probs
    if tuple(probabilities.shape) != (len(obs), world.n_actions):
        raise InvalidArgument.of(
            "policy",
            f"probabilities of shape {tuple(probabilities.shape)}",
            "is no policy of this world",
            f"a Categorical over {world.n_actions} actions for each row of obs [{len(obs)}, O]",
        )
    if probabilities.dtype != torch.float64:
        # Normalised to its own precision only, which no table in float64 may be.
        probabilities = probabilities.to(torch.float64)
        probabilities = probabilities / probabilities.sum(-1, keepdim=True)
    return probabilities[row]


def _in_its_precision(policy: Callable[[Tensor], Categorical], obs: Tensor) -> Tensor:
    for parameter in policy.parameters() if isinstance(policy, nn.Module) else ():
        if parameter.is_floating_point():
            return obs.to(parameter.dtype)
    return obs


def trainable_parameters(policy: nn.Module) -> dict[str, Tensor]:
    """The parameters that a gradient is taken by, under their names, tied ones once.

    Raises:
        InvalidArgument: there are none.
    """
    parameters: dict[str, Tensor] = {
        name: p for name, p in policy.named_parameters() if p.requires_grad
    }
    if not parameters:
        raise InvalidArgument.of(
            "policy", policy, "has no parameter with requires_grad", "a module with parameters"
        )
    return parameters


def flatten(tensors: Mapping[str, Tensor]) -> Float[Tensor, "P"]:
    """One vector of all entries, in the mapping's order: that of `named_parameters`."""
    return torch.cat([tensor.reshape(-1) for tensor in tensors.values()])


def unflatten(vector: Float[Tensor, "P"], like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `flatten`, in the shapes and precisions of `like`."""
    sizes = [tensor.numel() for tensor in like.values()]
    pieces = vector.split(sizes)
    return {
        name: piece.reshape(tensor.shape).to(tensor.dtype)
        for (name, tensor), piece in zip(like.items(), pieces, strict=True)
    }


def at_parameters(
    policy: nn.Module, parameters: Mapping[str, Tensor]
) -> Callable[[Tensor], Categorical]:
    """The same policy with other values of its parameters; the module itself is left alone."""

    def moved(obs: Tensor) -> Categorical:
        return functional_call(policy, dict(parameters), (obs.to(_precision(parameters)),))

    return moved


def _precision(parameters: Mapping[str, Tensor]) -> torch.dtype:
    return next(iter(parameters.values())).dtype


def gradient_by_parameters(
    scalar: Float[Tensor, ""], parameters: Mapping[str, Tensor], create_graph: bool = False
) -> dict[str, Tensor]:
    """The scalar's gradient by parameter name; zero where the scalar does not depend on one."""
    if not scalar.requires_grad:
        return {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    gradients = torch.autograd.grad(
        scalar,
        list(parameters.values()),
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=True,
        materialize_grads=True,
    )
    return dict(zip(parameters, gradients, strict=True))


def jacobian_by_parameters(
    vector: Float[Tensor, "M"], parameters: Mapping[str, Tensor]
) -> Float[Tensor, "M P"]:
    """The matrix d vector_m / d theta_p, one backward pass an entry, without a graph."""
    rows = [flatten(gradient_by_parameters(entry, parameters)) for entry in vector]
    return torch.stack(rows).detach()
