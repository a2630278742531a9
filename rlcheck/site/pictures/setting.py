"""What the pictures share: a world, a softmax policy, a loss's gradient of each rollout."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Categorical

from rlcheck import exact
from rlcheck.worlds import Rollout, TabularMDP
from rlcheck.worlds.gallery import two_state_chain

LOGITS = ((1.5, 0.0), (0.5, 0.0))
"""Of a policy on the two-state chain that goes where the reward is in one step of five or so."""

RolloutLoss = Callable[[Rollout, Tensor], Tensor]
"""(rollouts, log-probabilities of their actions) -> a scalar to minimise."""


class Softmax(torch.nn.Module):
    """A softmax policy with one logit for each state and action."""

    def __init__(self, logits: Sequence[Sequence[float]] | Tensor = LOGITS) -> None:
        super().__init__()
        self.logits = torch.nn.Parameter(torch.as_tensor(logits, dtype=torch.float64).clone())

    def forward(self, obs: Tensor) -> Categorical:
        return Categorical(logits=obs @ self.logits)

    @property
    def table(self) -> Float[Tensor, "S A"]:
        """pi(a | s)."""
        return self.logits.softmax(-1)


def chain(horizon: int, gamma: float = 0.9) -> TabularMDP:
    """The two-state chain with an end."""
    return two_state_chain(gamma=gamma, horizon=horizon)


def gradient(loss: RolloutLoss, policy: Softmax, rollout: Rollout) -> Float[Tensor, " P"]:
    """Minus the loss's gradient on a batch: what the policy is moved along."""
    logp = policy(rollout.obs).log_prob(rollout.actions)
    [found] = torch.autograd.grad(loss(rollout, logp), policy.logits)
    return -found.flatten()


def gradients(loss: RolloutLoss, policy: Softmax, rollout: Rollout) -> Float[Tensor, "N P"]:
    """The same for each rollout alone."""
    return torch.stack([gradient(loss, policy, rollout.select([n])) for n in range(rollout.N)])


def total_variance(values: Float[Tensor, "N P"], rollout: Rollout) -> float:
    """The trace of the covariance over enumerated rollouts."""
    return float(exact.covariance(lambda _: values, rollout).trace())


def mean_of(values: Float[Tensor, "N P"], rollout: Rollout) -> Float[Tensor, " P"]:
    """The expectation over enumerated rollouts."""
    return exact.expectation(lambda _: values, rollout)


def exact_gradient(world: TabularMDP, policy: Softmax) -> Float[Tensor, " P"]:
    """The gradient of J."""
    return exact.objective_gradient(world, policy)["logits"].flatten()
