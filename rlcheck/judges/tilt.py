"""A behaviour policy beside somebody's own Gaussian network: its mean moved, its spread changed.

Whatever network is under training, with u = (a - mean) / std and z that of the behaviour policy,

    mean_old = mean + shift std,   std_old = exp(widen) std,   u = shift + exp(widen) z,
    log ratio = sum_d (z^2 - u^2) / 2 + widen,

so that the ratio is a function of the random numbers alone: it falls below, inside and above a
clip range as often as for any other network.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from rlcheck.judges.chooser import Chooser
from rlcheck.subjects.own import BroughtNetworks, diagonal_normal
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

# As far from a kink as a float32 ratio of a few hundred roundings may be off, and more.
_KINK = 2e-3
_NUDGE = 0.0137
_SHIFTS = (0.5, -0.5, 0.375, -0.375)
_WIDENINGS = (0.125, -0.125)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tilt:
    """How far a behaviour policy lies from the policy under training, in units of its deviation.

    Attributes:
        shift: of the mean, [D].
        widen: of the log deviation, [D].
    """

    shift: Float[Tensor, " D"]
    widen: Float[Tensor, " D"]

    @property
    def is_none(self) -> bool:
        """Whether the policy itself samples."""
        return not bool(self.shift.any()) and not bool(self.widen.any())

    def to(self, device: torch.device | str) -> Self:
        return replace(self, shift=self.shift.to(device), widen=self.widen.to(device))

    def log_ratio(self, z: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch"]:
        """The log ratio pi / pi_old at the standardised actions of pi_old."""
        u = self.shift + self.widen.exp() * z
        return ((z**2 - u**2) / 2 + self.widen).sum(-1)

    def away_from_kinks(
        self, z: Float[Tensor, "*batch D"], clip_eps: float
    ) -> Float[Tensor, "*batch D"]:
        """The same random numbers, nudged where a ratio lies on an end of the clip range."""
        if self.is_none:
            return z
        on = self._on_a_kink(z, clip_eps)
        while bool(on.any()):
            z = z + _NUDGE * on[..., None].to(z)
            on = self._on_a_kink(z, clip_eps)
        return z

    def _on_a_kink(self, z: Tensor, clip_eps: float) -> Bool[Tensor, "*batch"]:
        ratio = self.log_ratio(z).exp()
        ends = ((ratio - end).abs() < _KINK for end in (1 - clip_eps, 1 + clip_eps))
        return torch.stack(list(ends)).any(0)


def no_tilt(count: int) -> Tilt:
    """The policy itself."""
    zero = torch.zeros(count, dtype=torch.float64)
    return Tilt(shift=zero, widen=zero)


def tilted(chooser: Chooser, count: int, near: bool) -> Tilt:
    """Ratios on both sides of every clip range in use, however many dimensions an action has.

    Args:
        chooser: where the numbers come from.
        count: dimensions of an action.
        near: ratios lie close to the ends of the clip range.
    """
    scale = (0.5 if near else 1.0) / count**0.5
    shift = [chooser.choice(_SHIFTS) * scale for _ in range(count)]
    widen = [chooser.choice(_WIDENINGS) * scale for _ in range(count)]
    return Tilt(
        shift=torch.tensor(shift, dtype=torch.float64),
        widen=torch.tensor(widen, dtype=torch.float64),
    )


def tilted_in_one(chooser: Chooser, count: int, dimension: int) -> Tilt:
    """A ratio that depends on one dimension of the action, with deviations that differ little."""
    one = torch.zeros(count, dtype=torch.float64)
    one[dimension] = 1.0
    return Tilt(shift=one * chooser.choice(_SHIFTS), widen=one * (chooser.choice(_WIDENINGS) / 2))


class TiltedPolicy(nn.Module):
    """The behaviour policy: in float64, without a graph, and with nothing that could be trained."""

    def __init__(self, own: BroughtNetworks, tilt: Tilt) -> None:
        super().__init__()
        self.own = own
        self.tilt = tilt

    @torch.no_grad()
    def forward(self, obs: Float[Tensor, "*batch O"]) -> Independent:
        mean, std = mean_and_std(gaussian_of(self.own, obs))
        old = Normal(mean + self.tilt.shift * std, self.tilt.widen.exp() * std, validate_args=False)
        return Independent(old, 1, validate_args=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> "TiltedPolicy":
        # Nothing of it changes, and what it reads is somebody's live object.
        return self


def gaussian_of(own: BroughtNetworks, obs: Float[Tensor, "*batch O"]) -> Independent:
    """pi(.|obs) of networks in whatever precision, as numbers in float64, with the graph."""
    found = diagonal_normal(own.modules()["policy"](obs.to(own.dtype)), obs.shape[:-1])
    mean, std = mean_and_std(found)
    double = Normal(mean.to(torch.float64), std.to(torch.float64), validate_args=False)
    return Independent(double, 1, validate_args=False)
