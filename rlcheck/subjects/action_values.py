"""An agent that values actions: the network under training, and perhaps a target network."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.own import ActionSpec, TappedNetworks, Through


@dataclass(frozen=True, kw_only=True, eq=False)
class ActionValueNetworks:
    """Q of somebody's own, as a judge reads it.

    Where a policy is asked for it is softmax(Q), which is Boltzmann exploration at temperature one:
    targets of one step hold whatever policy gathered the data.

    Attributes:
        online: obs [B, O] -> [B, A], under training.
        target: the same of the target network, where there is one.
        named: every trained parameter by name, each once.
        obs_dim: length of one observation.
        action: kind and number of actions.
    """

    online: Callable[[Tensor], Tensor]
    target: Callable[[Tensor], Tensor] | None
    named: dict[str, nn.Parameter]
    obs_dim: int
    action: ActionSpec
    dtype: torch.dtype = torch.float64

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return self.named

    def modules(self) -> dict[str, Any]:
        return {"policy": self.distribution, "q_fn": self.action_values}

    def action_values(self, obs: Float[Tensor, "*batch O"]) -> Float[Tensor, "*batch A"]:
        """Q(obs, .), with its graph."""
        return self._of(self.online, obs)

    @cached_property
    def target_q_fn(self) -> nn.Module | None:
        """Q of the target network, without a graph."""
        target = self.target
        if target is None:
            return None
        return Through(torch.no_grad()(lambda obs: self._of(target, obs)))

    def distribution(self, obs: Tensor) -> Categorical:
        return Categorical(logits=self.action_values(obs), validate_args=False)

    def logp(self, obs: Tensor, actions: Tensor) -> Tensor:
        return self.distribution(obs).log_prob(actions)

    def entropy(self, obs: Tensor) -> Tensor:
        return self.distribution(obs).entropy()

    def _of(self, network: Callable[[Tensor], Tensor], obs: Tensor) -> Tensor:
        flat = network(obs.reshape(-1, obs.shape[-1]))
        return flat.reshape(*obs.shape[:-1], self.action.size)

    def value(self, obs: Tensor) -> Tensor:
        raise AssertionError("modules() says that there is none")

    def tapped(self, wrap: Callable[[nn.Module], nn.Module], tape: Any) -> TappedNetworks:
        return TappedNetworks(inner=self, wrap=wrap)


def count_of_actions(q_fn: Any, width: int, device: torch.device, name: str) -> int:
    """How many numbers a network gives for one observation.

    Raises:
        InvalidArgument: it fails on a batch, or gives no [B, A] with two actions or more.
    """
    obs = torch.zeros(3, width, dtype=torch.float64, device=device)
    instead = "a module that takes observations [B, O] and gives [B, A], a value for each action"
    with torch.no_grad():
        try:
            found = q_fn(obs)
        except (Exception, SystemExit) as error:
            raise InvalidArgument.of(
                "subject", name, f"its q_fn failed with {type(error).__name__}: {error}", instead
            ) from error
    if not isinstance(found, Tensor) or found.ndim != 2 or found.shape[0] != 3 or len(found[0]) < 2:
        got = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise InvalidArgument.of("subject", name, f"its q_fn gives {got} for 3 rows", instead)
    return int(found.shape[1])
