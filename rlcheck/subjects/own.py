"""Networks that an implementation brings itself: what they act with, and what reaches what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.networks import Networks


@dataclass(frozen=True, kw_only=True)
class ActionSpec:
    """What a policy acts with.

    Attributes:
        kind: "discrete" (a `Categorical`) or "continuous" (an `Independent` normal).
        size: number of actions, or dimensions of one action.
    """

    kind: Literal["discrete", "continuous"]
    size: int


@runtime_checkable
class BroughtNetworks(Networks, Protocol):
    """`Networks` of the implementation's own, of a size that it decides."""

    @property
    def obs_dim(self) -> int:
        """Length of one observation."""
        ...

    @property
    def action(self) -> ActionSpec:
        """Kind and size of one action."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """The precision that it computes in."""
        ...


class Through(nn.Module):
    """A function of observations as a module, so that a tap can be put behind it."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Any:
        return self.function(obs)


class TablePolicy(nn.Module):
    """A policy given by its probabilities at known observations.

    The behaviour policy of a small world is no more than this: whatever network is under
    training, another policy may have sampled.
    """

    observations: Tensor
    logits: Tensor

    def __init__(self, observations: Float[Tensor, "S O"], logits: Float[Tensor, "S A"]) -> None:
        super().__init__()
        self.register_buffer("observations", observations.clone())
        self.register_buffer("logits", logits.clone())

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Categorical:
        distance = (obs.unsqueeze(-2) - self.observations).abs().sum(-1)
        return Categorical(logits=self.logits[distance.argmin(-1)], validate_args=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class TappedNetworks:
    """Brought networks of which every output passes through a tap."""

    inner: Any
    wrap: Callable[[nn.Module], nn.Module]

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return dict(self.inner.parameters)

    def modules(self) -> dict[str, Any]:
        found: dict[str, Any] = {"policy": self._policy}
        if "value_fn" in self.inner.modules():
            found["value_fn"] = self.value
        if has_action_values(self.inner):
            found["q_fn"] = self.wrap(Through(self.inner.modules()["q_fn"]))
        return found

    @property
    def action(self) -> ActionSpec:
        return self.inner.action

    def _policy(self, obs: Tensor) -> Distribution:
        policy = self.inner.modules()["policy"]
        if self.action.kind == "discrete":
            return Categorical(logits=self.wrap(Through(lambda o: policy(o).logits))(obs))
        mean, std = self.wrap(Through(lambda o: _location_and_scale(policy(o))))(obs)
        return Independent(Normal(mean, std, validate_args=False), 1, validate_args=False)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.wrap(Through(lambda o: self.inner.logp(o, actions)))(obs)

    def entropy(self, obs: Tensor) -> Tensor:
        return self.wrap(Through(self.inner.entropy))(obs)

    def value(self, obs: Tensor) -> Tensor:
        return self.wrap(Through(self.inner.value))(obs)

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> "TappedNetworks":
        return TappedNetworks(inner=self, wrap=wrap)


def _location_and_scale(distribution: Distribution) -> tuple[Tensor, Tensor]:
    normal = diagonal_normal(distribution, distribution.batch_shape).base_dist
    assert isinstance(normal, Normal)
    return normal.loc, normal.scale


def diagonal_normal(distribution: Distribution, batch: torch.Size) -> Independent:
    """A normal over one axis of actions, as `Independent(Normal, 1)` of a batch's shape.

    Args:
        distribution: `Independent(Normal, 1)`, or a `Normal` whose last axis is the action.
        batch: the shape before that axis.

    Raises:
        InvalidArgument: it is another distribution.
    """
    base = distribution
    if isinstance(base, Independent) and base.reinterpreted_batch_ndims == 1:
        base = base.base_dist
    # Not a subclass: a truncated normal is one in some libraries.
    if type(base) is not Normal or base.loc.ndim == 0:
        raise InvalidArgument.of(
            "subject", distribution,
            "its continuous actions are not those of a plain normal distribution",
            "a policy that gives Independent(Normal(mean, std), 1), neither squashed nor truncated",
        )  # fmt: skip
    mean, std = base.loc.reshape(*batch, -1), base.scale.reshape(*batch, -1)
    return Independent(Normal(mean, std, validate_args=False), 1, validate_args=False)


def device_of(parameters: Mapping[str, nn.Parameter]) -> torch.device:
    """Where networks live: the device of their first parameter."""
    return next(iter(parameters.values())).device


def has_critic(networks: Networks) -> bool:
    """Whether there is a value function among them."""
    return "value_fn" in networks.modules()


def has_action_values(networks: Networks) -> bool:
    """Whether there is a network among them that gives a value for each action."""
    return "q_fn" in networks.modules()


def reached(output: Tensor, parameters: dict[str, nn.Parameter]) -> Float[Tensor, "P"]:
    """One in the coordinates of the parameters that an output depends on, zero elsewhere."""
    gradients = torch.autograd.grad(
        output.sum(), list(parameters.values()), allow_unused=True, retain_graph=True
    )
    return torch.cat([
        torch.full((p.numel(),), float(g is not None), dtype=torch.float64)
        for g, p in zip(gradients, parameters.values(), strict=True)
    ])  # fmt: skip
