"""A policy that makes several choices at once, independent of one another given the observation.

    pi(a_1, ..., a_D | o) = prod_d pi_d(a_d | o),
    log pi = sum_d log pi_d,   H = sum_d H_d,   KL = sum_d KL_d.

The product is one categorical law over all combinations, of which only a sum of sizes is stored and
not their product. What it cannot say is that one choice depends on another.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from rlcheck.algorithms.networks import DiscreteActorCritic
from rlcheck.errors import InvalidArgument


class MultiDiscreteActorCritic(DiscreteActorCritic):
    """D categorical laws from one actor, and a critic; actions are [..., D].

    Logits of all choices lie one after another in the last axis. Noise, entropy, value,
    divergence and metric are those of `DiscreteActorCritic`: a sum over all of them is the sum over
    choices.
    """

    offsets: Tensor

    def __init__(self, obs_size: int, choices: Sequence[int], width: int = 64) -> None:
        if not choices or min(choices) < 1:
            raise InvalidArgument.of(
                "choices", choices, "there is nothing to choose", "a size of 1 or more for each"
            )
        super().__init__(obs_size, sum(choices), width)
        self.choices = tuple(choices)
        offsets = torch.tensor([0, *self.choices[:-1]]).cumsum(0)
        self.register_buffer("offsets", offsets, persistent=False)

    def act(self, obs: Tensor, noise: Tensor) -> Tensor:
        """The argmax of logits plus noise, choice by choice."""
        parts = (self.actor(obs) + noise).split(self.choices, -1)
        return torch.stack([part.argmax(-1) for part in parts], -1)

    def log_prob(self, described: Tensor, actions: Tensor) -> Tensor:
        """log pi(a | o), summed over choices, of a policy as `described` gives it."""
        return described.gather(-1, actions + self.offsets).sum(-1)

    def described(self, obs: Tensor) -> Tensor:
        """The log-probabilities of every choice, one choice after another."""
        parts = self.actor(obs).split(self.choices, -1)
        return torch.cat([part.log_softmax(-1) for part in parts], -1)

    def _drawn(self, obs: Tensor) -> Tensor:
        parts = self.described(obs).exp().split(self.choices, -1)
        drawn = [part.flatten(0, -2).multinomial(1).reshape(part.shape[:-1]) for part in parts]
        return torch.stack(drawn, -1)
