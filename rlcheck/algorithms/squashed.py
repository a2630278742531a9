"""A normal law squashed into a box: u ~ N(mean, std), a = low + (high - low) (1 + tanh u) / 2.

    log pi(a) = sum_d [ log N(u_d) - log (1 - tanh(u_d)^2) - log((high_d - low_d) / 2) ],
    log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u)),   which does not overflow or round to -inf.

What is stored of an action is u. From a it cannot be had again: tanh(u) is one, in float32, from
u = 9 on, and a clamped inverse scores another action than the one that was taken.

In a ratio pi(a) / pi_old(a) the last two terms cancel, and a score has no part of them: PPO's and
A2C's gradients are those of the normal law of u, but for the entropy. Left out on one side alone
they weigh every action by its slope (automl/Mighty#118).
"""

import math
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from rlcheck.algorithms.environments import Actions, Environments, Transition
from rlcheck.algorithms.networks import Evaluation, GaussianActorCritic
from rlcheck.errors import InvalidArgument

NODES = 32
"""Gauss-Hermite nodes of an entropy, a number."""


def squash(u: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The action in the box: low + (high - low) (1 + tanh u) / 2."""
    return low + (high - low) * (0.5 + 0.5 * torch.tanh(u))


def log_slope(u: Tensor) -> Tensor:
    """log(1 - tanh(u)^2), to full precision however large u is."""
    return 2 * (math.log(2) - u - softplus(-2 * u))


class SquashedActorCritic(GaussianActorCritic):
    """A squashed normal policy with a free deviation for each number, and a critic.

    Its actions are u; `SquashedEnvironments` squashes them. log pi is that of a.

    The entropy of a has no closed form: H(a) = H(u) + E[log da/du]. The expectation is one integral
    a number, taken on 32 Gauss-Hermite nodes of u's own law, with its gradient through mean and
    deviation: no sample's noise, and not the bound H(u) + log((high - low) / 2), whose bonus widens
    u for ever, although a then comes to lie on the ends of the box. Error of
    each number's: below 1e-7 nats for deviations up to 1, 2e-4 up to 2, 3e-2 up to 5.

    Divergence and metric of policies are those of their normal laws: one invertible map behind both
    leaves the ratio of densities, and with it a KL divergence, as it is.
    """

    low: Tensor
    high: Tensor

    def __init__(self, obs_size: int, low: Any, high: Any, width: int = 64) -> None:
        bounds = [torch.as_tensor(np.asarray(b), dtype=torch.float32) for b in (low, high)]
        if not all(bool(torch.isfinite(b).all()) for b in bounds) or bool(
            (bounds[0] >= bounds[1]).any()
        ):
            raise InvalidArgument.of(
                "low, high", (low, high), "there is no box to squash into",
                "finite bounds, each low below its high; or actions that are not squashed",
            )  # fmt: skip
        super().__init__(obs_size, len(bounds[0]), width)
        self.register_buffer("low", bounds[0])
        self.register_buffer("high", bounds[1])

    def evaluate(self, obs: Tensor, actions: Tensor) -> Evaluation:
        """Of the numbers u of actions: log pi(a), H(a) and V."""
        of_u = super().evaluate(obs, actions)
        entropy = of_u.entropy + self._mean_log_slope(obs) + self._log_scale()
        return Evaluation(logp=of_u.logp, entropy=entropy, values=of_u.values)

    def _log_density(self, mean: Tensor, log_std: Tensor, actions: Tensor) -> Tensor:
        """log pi(a) of the a that numbers u are squashed to."""
        of_u = super()._log_density(mean, log_std, actions)
        return of_u - log_slope(actions).sum(-1) - self._log_scale()

    def _log_scale(self) -> Tensor:
        return ((self.high - self.low) / 2).log().sum()

    def _mean_log_slope(self, obs: Tensor) -> Float[Tensor, "..."]:
        nodes, weights = (t.to(self.actor_logstd) for t in _gauss_hermite())
        std = self.actor_logstd.exp()
        u = self.actor_mean(obs)[..., None] + std[..., None] * nodes
        return (log_slope(u) @ weights).sum(-1)


@cache
def _gauss_hermite() -> tuple[Tensor, Tensor]:
    """Nodes and weights under N(0, 1), in float64."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum())


class SquashedEnvironments:
    """Environments with a bounded box of actions, acted in by numbers without bounds."""

    def __init__(self, inner: Environments) -> None:
        """Wraps environments whose actions are real numbers.

        Raises:
            InvalidArgument: their actions are no numbers, or have no bounds.
        """
        actions = inner.actions
        bounds = (actions.low, actions.high)
        if actions.kind != "continuous" or not all(
            bound is not None and np.isfinite(bound).all() for bound in bounds
        ):
            raise InvalidArgument.of(
                "env", actions, "its actions lie in no box to squash into", "a bounded flat Box"
            )
        self.inner = inner
        self.count = inner.count
        self.obs_size = inner.obs_size
        self.actions = Actions(
            kind="squashed", size=actions.size, low=actions.low, high=actions.high
        )
        self._low, self._high = (torch.as_tensor(b) for b in (actions.low, actions.high))

    def reset(self, seed: int) -> Float[Tensor, "N O"]:
        """Begins every copy anew."""
        return self.inner.reset(seed)

    def step(self, actions: Tensor) -> Transition:
        """Acts once in every copy with what the numbers u are squashed to."""
        low, high = self._low.to(actions), self._high.to(actions)
        return self.inner.step(squash(actions, low, high))
