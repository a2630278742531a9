"""Our networks in the shape of TorchRL's actor and critic, and a batch as its tensordict."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal

from rlcheck.errors import InvalidArgument

PARAMETERS = {"discrete": ("logits",), "continuous": ("loc", "scale")}
"""Names under which TorchRL keeps a distribution's parameters in a tensordict."""


class DistributionParameters(nn.Module):
    """obs -> the parameters of pi(.|obs), which TorchRL then builds the distribution from."""

    def __init__(self, policy: nn.Module) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, obs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """[..., O] -> logits [..., A], or (loc, scale), each [..., D]."""
        parameters = distribution_parameters(self.policy(obs))
        return parameters[0] if len(parameters) == 1 else parameters


class IndependentNormal(Independent):
    """N(loc, diag scale^2) as a class: TorchRL builds a distribution from its parameters."""

    def __init__(self, loc: Tensor, scale: Tensor) -> None:
        super().__init__(Normal(loc, scale), 1)


class TrailingOne(nn.Module):
    """obs -> V(obs) with the last axis of length one that TorchRL's critics have."""

    def __init__(self, value_fn: nn.Module) -> None:
        super().__init__()
        self.value_fn = value_fn

    def forward(self, obs: Tensor) -> Tensor:
        """[..., O] -> [..., 1]."""
        return self.value_fn(obs).unsqueeze(-1)


def distribution_parameters(distribution: Distribution) -> tuple[Tensor, ...]:
    """The tensors that determine a distribution, in the order of `PARAMETERS`.

    Raises:
        InvalidArgument: neither a `Categorical` nor an `Independent` `Normal`.
    """
    if isinstance(distribution, Categorical):
        return (distribution.logits,)
    if isinstance(distribution, Independent) and isinstance(distribution.base_dist, Normal):
        return distribution.base_dist.loc, distribution.base_dist.scale
    raise InvalidArgument.of(
        "policy",
        distribution,
        "TorchRL is not given this distribution",
        "a policy that gives a Categorical, or an Independent(Normal, 1)",
    )


def make_actor(policy: nn.Module, kind: str) -> Any:
    """A `ProbabilisticTensorDictSequential` around a policy; `kind` as in `PARAMETERS`."""
    from tensordict.nn import (
        ProbabilisticTensorDictModule,
        ProbabilisticTensorDictSequential,
        TensorDictModule,
    )

    keys = list(PARAMETERS[kind])
    network = TensorDictModule(
        DistributionParameters(policy), in_keys=["observation"], out_keys=keys
    )
    head = ProbabilisticTensorDictModule(
        in_keys=keys,
        out_keys=["action"],
        distribution_class=Categorical if kind == "discrete" else IndependentNormal,
        return_log_prob=True,
    )
    modules: list[Any] = [network, head]
    return ProbabilisticTensorDictSequential(*modules)


def make_critic(value_fn: nn.Module) -> Any:
    """A `TensorDictModule` that writes `state_value`."""
    from tensordict.nn import TensorDictModule

    return TensorDictModule(
        TrailingOne(value_fn), in_keys=["observation"], out_keys=["state_value"]
    )


def make_batch(obs: Tensor, actions: Tensor, **columns: Tensor) -> Any:
    """A tensordict [T, N]; columns [T, N] get the trailing axis, except a log-probability."""
    from tensordict import TensorDict

    return TensorDict(
        {
            "observation": obs,
            "action": actions,
            **{key: x if key in _BARE else x.unsqueeze(-1) for key, x in columns.items()},
        },
        batch_size=actions.shape[:2],
    )


def kind_of(actions: Tensor) -> str:
    """Which row of `PARAMETERS` a batch of actions belongs to."""
    return "continuous" if actions.is_floating_point() else "discrete"


def total(losses: Any) -> Tensor:
    """The sum of the entries that TorchRL means to be minimised."""
    keys = [key for key in list(losses.keys()) if str(key).startswith("loss_")]
    return torch.stack([losses.get(key) for key in keys]).sum()


_BARE = frozenset({"action_log_prob", "logits", "loc", "scale"})
