"""Rollouts of a case, all of them or sampled ones, and the gradient of a loss by rollout."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from sympy import Symbol
from torch import Tensor
from torch.distributions import Categorical

from derivations.language.terms import OLD
from rlcheck import exact
from rlcheck.bridge.case import Case
from rlcheck.strategies import SoftmaxPolicy
from rlcheck.worlds import Rollout, TabularMDP, sample_episodes

Loss = Callable[[Tensor], Tensor]
"""log π(a_t | s_t) [T, N], with its graph -> a loss of that batch."""

Policy = Callable[[Tensor], Categorical]
"""obs [T, N, O] -> the law of the actions."""


def table(case: Case, policy: SoftmaxPolicy) -> Float[Tensor, "S A"]:
    """π(a | s), without a graph."""
    return exact.policy_table(policy, case.world).detach()


def sampler(case: Case, name: Symbol) -> SoftmaxPolicy:
    """The policy of that name."""
    return case.old if name == OLD else case.policy


def all_rollouts(case: Case, policy: SoftmaxPolicy, world: TabularMDP | None = None) -> Rollout:
    """Every trajectory of positive probability, with its probability."""
    return exact.enumerate_episodes(world or case.world, table(case, policy))


def some_rollouts(
    case: Case, policy: SoftmaxPolicy, count: int, generator: torch.Generator
) -> Rollout:
    """So many independent trajectories."""
    return sample_episodes(case.world, table(case, policy), count, generator)


def log_probabilities(policy: SoftmaxPolicy, rollout: Rollout) -> Float[Tensor, "T N"]:
    """log π(a_t | s_t), without a graph."""
    with torch.no_grad():
        return policy(rollout.obs).log_prob(rollout.actions)


def ascent_by_rollout(case: Case, rollout: Rollout, loss: Loss) -> Float[Tensor, "N P"]:
    """Minus N times the gradient of a loss of log π, each rollout's part apart."""
    return ascent_by_policy(
        case, rollout, lambda policy: loss(policy(rollout.obs).log_prob(rollout.actions))
    )


def ascent_by_policy(
    case: Case, rollout: Rollout, loss: Callable[[Policy], Tensor]
) -> Float[Tensor, "N P"]:
    """Minus N times a loss's gradient, each rollout's part apart: their mean is the estimate.

    Every rollout has weights of its own, equal in value, so that one backward pass keeps the parts
    apart. That is right for a loss that is a mean over rollouts, or over steps where all have the
    same length, as here.
    """
    weight = next(iter(case.policy.parameters())).detach()
    weights = weight.expand(rollout.N, *weight.shape).clone().requires_grad_()

    def policy(obs: Tensor) -> Categorical:
        logits = torch.einsum("nao,tno->tna", weights, obs)
        return Categorical(logits=logits, validate_args=False)

    (gradient,) = torch.autograd.grad(loss(policy), weights)
    return -rollout.N * gradient.flatten(1)


def gradient_by_weights(case: Case, scalar: Callable[[SoftmaxPolicy], Tensor]) -> Tensor:
    """∇_θ of a number that is computed from the policy itself, flat."""
    parameters = list(case.policy.parameters())
    gradients = torch.autograd.grad(scalar(case.policy), parameters, materialize_grads=True)
    return torch.cat([gradient.flatten() for gradient in gradients])


def trajectory_numbers(case: Case, rollout: Rollout) -> Tensor:
    """Each rollout's place among all (s_0 ... s_T, a_0 ... a_{T−1}), in lexicographic order."""
    assert rollout.states is not None
    assert rollout.next_states is not None
    number = torch.zeros(rollout.N, dtype=torch.int64)
    for states in (*rollout.states, rollout.next_states[-1]):
        number = number * case.states + states
    for actions in rollout.actions:
        number = number * case.actions + actions
    return number
