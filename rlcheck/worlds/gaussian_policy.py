"""Gaussian policies for continuous worlds: observation -> `Independent(Normal, 1)`, float64."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from rlcheck.errors import InvalidArgument
from rlcheck.worlds._shown import parameters_shown


class LinearGaussianPolicy(nn.Module):
    """a ~ N(K s + k, diag(exp(log_std))^2), with a free log_std.

    The one policy under which a `LinearGaussianMDP` has closed forms.
    """

    def __init__(
        self,
        gain: Tensor,
        offset: Tensor,
        log_std: Tensor,
    ) -> None:
        """Keeps float64 copies of K [D, S], k [D] and the log deviation [D] as parameters."""
        super().__init__()
        self.gain = nn.Parameter(_checked("gain", gain, 2))
        self.offset = nn.Parameter(_checked("offset", offset, 1))
        self.log_std = nn.Parameter(_checked("log_std", log_std, 1))
        if not len(self.gain) == len(self.offset) == len(self.log_std):
            raise InvalidArgument.of(
                "gain, offset, log_std",
                (len(self.gain), len(self.offset), len(self.log_std)),
                "do not have one row for each action dimension",
                "gain [D, S], offset [D], log_std [D]",
            )

    @classmethod
    def random(
        cls, obs_dim: int, action_dim: int, generator: torch.Generator, scale: float = 0.5
    ) -> "LinearGaussianPolicy":
        """Gaussian parameters of this scale; the gain's shrinks with the observation's size."""
        return cls(
            scale * _normal((action_dim, obs_dim), generator) / math.sqrt(obs_dim),
            scale * _normal((action_dim,), generator),
            scale * _normal((action_dim,), generator),
        )

    def forward(self, obs: Float[Tensor, "*batch S"]) -> Independent:
        """The action distribution of each observation."""
        mean = obs @ self.gain.T + self.offset
        return Independent(Normal(mean, self.log_std.exp().expand_as(mean), False), 1, False)

    def extra_repr(self) -> str:
        """Its parameters, for `repr`."""
        return parameters_shown(self)


class NetworkGaussianPolicy(nn.Module):
    """A mean from a small tanh network; the deviation is free, or a second head of the network."""

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        generator: torch.Generator,
        hidden: Sequence[int] = (8,),
        scale: float = 0.5,
        state_dependent_std: bool = False,
    ) -> None:
        """Draws every weight from the generator, so that a seed names the policy."""
        super().__init__()
        sizes = [obs_dim, *hidden]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [_linear(inputs, outputs, scale, generator), nn.Tanh()]
        self.trunk = nn.Sequential(*layers)
        self.mean = _linear(sizes[-1], action_dim, scale, generator)
        self.spread = (
            _linear(sizes[-1], action_dim, scale, generator) if state_dependent_std else None
        )
        self.log_std = (
            None if state_dependent_std else nn.Parameter(scale * _normal((action_dim,), generator))
        )

    def forward(self, obs: Float[Tensor, "*batch S"]) -> Independent:
        """The action distribution of each observation."""
        features = self.trunk(obs)
        mean = self.mean(features)
        if self.spread is not None:
            log_std = self.spread(features)
        else:
            assert self.log_std is not None
            log_std = self.log_std.expand_as(mean)
        return Independent(Normal(mean, log_std.exp(), False), 1, False)

    def extra_repr(self) -> str:
        """Its parameters, for `repr`."""
        return parameters_shown(self)


def _checked(name: str, value: Tensor, dimensions: int) -> Tensor:
    tensor = torch.as_tensor(value, dtype=torch.float64).detach().clone()
    if tensor.ndim != dimensions or not bool(torch.isfinite(tensor).all()):
        raise InvalidArgument.of(
            name, value, "is not finite or has the wrong shape", f"{dimensions} finite dimension(s)"
        )
    return tensor


def _normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def _linear(inputs: int, outputs: int, scale: float, generator: torch.Generator) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, dtype=torch.float64, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.copy_(scale * _normal((outputs, inputs), generator) / math.sqrt(inputs))
        layer.bias.copy_(scale * _normal((outputs,), generator))
    return layer
