"""The modules that the strategies of policies draw: their numbers are part of what is printed."""

import torch
from hypothesis import strategies as st
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution

from rlcheck.strategies._numbers import Draw, draw_numbers
from rlcheck.worlds._shown import parameters_shown


class SoftmaxPolicy(nn.Module):
    """pi(a | o) = softmax(network(o))_a."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Categorical:
        """The action distribution of each observation."""
        return Categorical(logits=self.network(obs), validate_args=False)

    def extra_repr(self) -> str:
        """Its parameters, for `repr`."""
        return parameters_shown(self)


class ValueFunction(nn.Module):
    """V(o): the one output of a network, without a trailing axis."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Float[Tensor, "*batch"]:
        """One number for each observation."""
        return self.network(obs).squeeze(-1)


class ActorCritic(nn.Module):
    """A policy and a value function, which may share parameters.

    A shared parameter occurs once in `parameters()`, and under the policy's name.
    """

    def __init__(self, policy: nn.Module, value_fn: ValueFunction) -> None:
        super().__init__()
        self.policy = policy
        self.value_fn = value_fn

    def forward(self, obs: Float[Tensor, "*batch O"]) -> tuple[Distribution, Tensor]:
        """(the action distribution, the value) of each observation."""
        return self.policy(obs), self.value_fn(obs)

    def extra_repr(self) -> str:
        """Its parameters, for `repr`."""
        return parameters_shown(self)


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A layer in float64 with all weights zero: the global random state is left alone."""
    layer = nn.Linear(inputs, outputs, dtype=torch.float64, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    return layer


def tanh_trunk(inputs: int, hidden: int) -> nn.Sequential:
    """One hidden layer."""
    return nn.Sequential(linear(inputs, hidden), nn.Tanh())


def fill(draw: Draw, module: nn.Module, largest: float) -> None:
    """Sets every parameter to readable numbers, a shared one once."""
    with torch.no_grad():
        for parameter in module.parameters():
            flat = draw_numbers(draw, parameter.numel(), largest)
            parameter.copy_(torch.tensor(flat, dtype=parameter.dtype).reshape(parameter.shape))


def hidden_sizes(max_hidden: int) -> st.SearchStrategy[int]:
    """Widths of the hidden layer."""
    return st.integers(1, max_hidden)
