"""A library's own object, checked where it lives: its networks, its settings, its call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.own import ActionSpec, TappedNetworks


@dataclass(frozen=True, kw_only=True, eq=False)
class Live:
    """A live object, taken apart into what a judge needs. Nothing of it is copied.

    It has what `rlcheck.subjects` asks of an implementation's own networks: `parameters`,
    `modules()`, `logp`, `entropy` and `value`.

    Attributes:
        name: library and class.
        claim: the id of the claim that the class makes.
        kind: "loss": `call` returns a scalar; "update": `call` steps the object's optimiser.
        policy: obs -> distribution, over the object's own parameters.
        value_fn: obs -> [...]; None where the object has no critic.
        parameters: every trained parameter, by the object's own names.
        obs_dim: length of one observation.
        action: kind and size of one action.
        call: the object's loss or update; asks for words of the vocabulary by argument name.
        settings: the object's own coefficients, under the vocabulary's names.
        conventions: choices of the object that are left on, for instance whitened advantages.
        changed: what `call` switches off while it runs, and puts back.
        dtype: the type that the object computes in; float64 observations are cast to it.
    """

    name: str
    claim: str
    kind: Literal["loss", "update"]
    policy: Callable[[Tensor], Distribution]
    value_fn: Callable[[Tensor], Tensor] | None
    parameters: Mapping[str, nn.Parameter]
    obs_dim: int
    action: ActionSpec
    call: Callable[..., Tensor | None]
    settings: Mapping[str, float] = field(default_factory=dict)
    conventions: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dtype: torch.dtype = torch.float64

    def modules(self) -> dict[str, Any]:
        """The vocabulary's modules that exist here."""
        found: dict[str, Any] = {"policy": self.policy}
        if self.value_fn is not None:
            found["value_fn"] = self.value_fn
        return found

    def distribution(self, obs: Tensor) -> Distribution:
        """pi(.|obs), with its graph."""
        return self.policy(obs)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        """The log-probability log pi(actions|obs), with its graph."""
        return self.policy(obs).log_prob(actions)

    def entropy(self, obs: Tensor) -> Tensor:
        """Entropy of pi(.|obs), with its graph."""
        return self.policy(obs).entropy()

    def value(self, obs: Tensor) -> Tensor:
        """V(obs), with its graph.

        Raises:
            InvalidArgument: the object has no critic.
        """
        if self.value_fn is None:
            raise InvalidArgument.of(
                "subject", self.name, "it has no critic", "a claim that needs no value function"
            )
        return self.value_fn(obs)

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> TappedNetworks:
        """The same networks behind a tap. `call` uses the object's own, which no tap reaches."""
        return TappedNetworks(inner=self, wrap=wrap)


def action_spec(distribution: Distribution) -> ActionSpec:
    """Reads kind and size of an action off a distribution.

    Raises:
        InvalidArgument: neither a `Categorical` nor an `Independent` over one axis.
    """
    if isinstance(distribution, Categorical):
        return ActionSpec(kind="discrete", size=int(distribution.logits.shape[-1]))
    if isinstance(distribution, Independent) and len(distribution.event_shape) == 1:
        return ActionSpec(kind="continuous", size=int(distribution.event_shape[0]))
    raise InvalidArgument.of(
        "subject",
        distribution,
        "its policy's distribution is not one that rlcheck can list or integrate",
        "a policy that gives a Categorical, or an Independent(Normal, 1)",
    )


def first_width(parameters: Mapping[str, nn.Parameter], obs_dim: int | None) -> int:
    """Length of an observation: as given, else the input width of the first weight matrix.

    Raises:
        InvalidArgument: it was not given, and there is no weight matrix to read it off.
    """
    if obs_dim is not None:
        return obs_dim
    for name, parameter in parameters.items():
        # A free scale of the actions may come first, and is a matrix too in Tianshou.
        if parameter.ndim == 2 and name.endswith("weight"):
            return int(parameter.shape[1])
    raise InvalidArgument.of(
        "obs_dim", None, "the object has no weight matrix to read it off", "obs_dim=NUMBER"
    )


def first_dtype(parameters: Mapping[str, nn.Parameter]) -> torch.dtype:
    """The type that an object computes in: its first parameter's."""
    return next(iter(parameters.values())).dtype
