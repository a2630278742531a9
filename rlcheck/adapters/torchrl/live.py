"""A TorchRL loss module, checked where it lives."""

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.distributions import Categorical, Distribution

from rlcheck.adapters.live import (
    ActionSpec,
    Live,
    action_spec,
    first_dtype,
    first_width,
)
from rlcheck.adapters.torchrl.modules import total
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.own import device_of

_CLAIMS = {
    "ClipPPOLoss": "ppo-loss",
    "PPOLoss": "cpi",
    "A2CLoss": "a2c-loss",
    "ReinforceLoss": "a2c-loss",
}


def live(loss: Any, obs_dim: int | None = None) -> Live:
    """Takes a loss module apart; `call` runs it and sums its entries.

    The module's own keys are used. `PPOLoss` is held to `cpi` by its `loss_objective` alone,
    because no claim has a value and an entropy term without a clipped surrogate.
    Whitening and a critic distance other than `l2` stay, and are listed as conventions.

    Args:
        loss: ClipPPOLoss, PPOLoss, A2CLoss or ReinforceLoss.
        obs_dim: length of an observation; read off the first weight matrix where it is not given.

    Raises:
        InvalidArgument: another class, several observations or actions, an asymmetric clip
            range, or a distribution that is neither categorical nor an independent normal.
    """
    kind = type(loss).__name__
    _check(loss, kind)
    parameters = _trained(loss)
    width = first_width(parameters, obs_dim)
    dtype = first_dtype(parameters)
    networks = _Networks(loss, dtype, device_of(parameters))
    has_critic = getattr(loss, "critic_network", None) is not None
    return Live(
        name=f"torchrl:{kind}",
        claim=_CLAIMS[kind],
        kind="loss",
        policy=networks.policy,
        value_fn=networks.value if has_critic else None,
        parameters=parameters,
        obs_dim=width,
        action=networks.action(width),
        call=_ratio_call(networks) if "PPO" in kind else _plain_call(networks),
        settings=_settings(loss, kind),
        conventions=_conventions(loss, has_critic and kind != "PPOLoss"),
        changed=("value and entropy terms",) if kind == "PPOLoss" else (),
        dtype=dtype,
    )


class _Networks:
    """The module's actor and critic as functions, with the parameters that it trains."""

    def __init__(self, loss: Any, dtype: torch.dtype, device: torch.device) -> None:
        self.loss = loss
        self.dtype = dtype
        self.device = device
        self.one_hot = False
        self.observation = loss.actor_network.in_keys[0]

    def action(self, width: int) -> ActionSpec:
        """Looks at the distribution of one observation of zeros."""
        from torchrl.modules import OneHotCategorical

        with torch.no_grad():
            found = self.distribution(torch.zeros(1, width, dtype=self.dtype, device=self.device))
        self.one_hot = isinstance(found, OneHotCategorical)
        return action_spec(found)

    def policy(self, obs: Tensor) -> Distribution:
        found = self.distribution(obs)
        return Categorical(logits=found.logits) if self.one_hot else found

    def distribution(self, obs: Tensor) -> Any:
        with self._trained("actor_network") as actor:
            return actor.get_dist(self.batch(obs))

    def value(self, obs: Tensor) -> Tensor:
        with self._trained("critic_network") as critic:
            return critic(self.batch(obs)).get(self.loss.tensor_keys.value).squeeze(-1)

    def batch(self, obs: Tensor) -> Any:
        from tensordict import TensorDict

        obs = obs.to(self.dtype)
        return TensorDict({self.observation: obs}, batch_size=obs.shape[:-1])

    def full_batch(self, obs: Tensor, actions: Tensor, columns: dict[str, Tensor]) -> Any:
        """A batch under the module's own keys; `columns` by the names of its `tensor_keys`."""
        batch, keys = self.batch(obs), self.loss.tensor_keys
        if self.one_hot:
            actions = torch.nn.functional.one_hot(actions, self.action(obs.shape[-1]).size)
        elif actions.is_floating_point():
            actions = actions.to(self.dtype)
        batch.set(keys.action, actions)
        for name, column in columns.items():
            batch.set(getattr(keys, name), column.to(self.dtype))
        return batch

    @contextlib.contextmanager
    def _trained(self, name: str) -> Any:
        module = getattr(self.loss, name)
        if not self.loss.functional:
            yield module
            return
        parameters = getattr(self.loss, f"{name}_params")
        with parameters.to_module(module, preserve_module_state=False):
            yield module


def _ratio_call(networks: _Networks) -> Callable[..., Tensor]:
    def ppo(
        obs: Float[Tensor, "T N O"],
        actions: Shaped[Tensor, "T N *D"],
        logp_old: Float[Tensor, "T N"],
        values_old: Float[Tensor, "T N"],
        advantages: Float[Tensor, "T N"],
        returns: Float[Tensor, "T N"],
    ) -> Tensor:
        columns = {"sample_log_prob": logp_old, "value": values_old.unsqueeze(-1)}
        columns |= {"advantage": advantages.unsqueeze(-1), "value_target": returns.unsqueeze(-1)}
        losses = networks.loss(networks.full_batch(obs, actions, columns))
        policy_alone = type(networks.loss).__name__ == "PPOLoss"
        return losses.get("loss_objective") if policy_alone else total(losses)

    return ppo


def _plain_call(networks: _Networks) -> Callable[..., Tensor]:
    def a2c(
        obs: Float[Tensor, "T N O"],
        actions: Shaped[Tensor, "T N *D"],
        values_old: Float[Tensor, "T N"],
        advantages: Float[Tensor, "T N"],
        returns: Float[Tensor, "T N"],
    ) -> Tensor:
        columns = {"value": values_old, "advantage": advantages, "value_target": returns}
        columns = {name: column.unsqueeze(-1) for name, column in columns.items()}
        return total(networks.loss(networks.full_batch(obs, actions, columns)))

    return a2c


def _check(loss: Any, kind: str) -> None:
    instead = f"one of {', '.join(_CLAIMS)} with one observation and one action"
    if kind not in _CLAIMS:
        raise InvalidArgument.of("subject", kind, "no claim is known for this loss module", instead)
    keys = (loss.actor_network.in_keys, loss.tensor_keys.action)
    if len(keys[0]) != 1 or isinstance(keys[1], list):
        raise InvalidArgument.of("subject", keys, "several observations or actions", instead)
    if getattr(loss, "_asymmetric_clip", False):
        raise InvalidArgument.of(
            "subject", loss._clip_bounds, "the clip range is asymmetric", "clip_epsilon=NUMBER"
        )


def _trained(loss: Any) -> dict[str, Any]:
    named = loss.named_parameters()
    return {name: p for name, p in named if p.requires_grad and not name.startswith("target_")}


def _settings(loss: Any, kind: str) -> dict[str, float]:
    if kind == "PPOLoss":
        return {}
    if kind == "ReinforceLoss":
        return {"vf_coef": 1.0, "ent_coef": 0.0}
    found = {"vf_coef": 0.0 if loss.critic_coeff is None else float(loss.critic_coeff)}
    found["ent_coef"] = float(loss.entropy_coeff) if loss.entropy_bonus else 0.0
    if kind == "ClipPPOLoss":
        found["clip_eps"] = float(loss.clip_epsilon)
    return found


def _conventions(loss: Any, judged_critic: bool) -> tuple[str, ...]:
    found = []
    if getattr(loss, "normalize_advantage", False):
        found.append("advantages whitened")
    if judged_critic and loss.loss_critic_type != "l2":
        found.append(f"critic distance {loss.loss_critic_type}")
    if judged_critic and loss.clip_value:
        found.append("value clipping")
    return tuple(found)
