"""A Stable-Baselines3 PPO or A2C model, checked where it lives."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.distributions import Categorical, Distribution, Independent, Normal

from rlcheck.adapters.live import Live, action_spec, first_dtype
from rlcheck.adapters.stable_baselines3.stand_in import double_buffer_class, fill
from rlcheck.adapters.stable_baselines3.update import silent_logger
from rlcheck.adapters.surroundings import own_randomness
from rlcheck.errors import InvalidArgument

_OFF = ("gradient clipping", "minibatches", "epochs", "target_kl", "value clipping")


def live(model: Any) -> Live:
    """Takes a model apart; `call` runs its own `train` once over the batch.

    Its optimiser steps the model's own parameters: whoever calls it puts them back. The
    optimiser's own state, the buffer and the settings are put back here.
    Whitening of advantages stays as the model has it, and is listed among the conventions.

    Raises:
        InvalidArgument: neither PPO nor A2C, observations that are not a flat `Box`, or a
            policy with squashed actions or state-dependent exploration.
    """
    from stable_baselines3 import PPO

    _check(model)
    policy = distribution_of(model)
    width = int(model.observation_space.shape[0])
    parameters = dict(model.policy.named_parameters())
    is_ppo = isinstance(model, PPO)
    settings = {"vf_coef": float(model.vf_coef), "ent_coef": float(model.ent_coef)}
    if is_ppo:
        schedule: Any = model.clip_range
        settings["clip_eps"] = float(schedule(model._current_progress_remaining))
    return Live(
        name=f"stable-baselines3:{type(model).__name__}",
        claim="ppo-loss" if is_ppo else "a2c-loss",
        kind="update",
        policy=policy,
        value_fn=lambda obs: values_of(model, obs),
        parameters=parameters,
        obs_dim=width,
        action=action_spec(policy(torch.zeros(1, width, device=model.device))),
        call=_ppo_call(model) if is_ppo else _a2c_call(model),
        settings=settings,
        conventions=("advantages whitened",) if model.normalize_advantage else (),
        changed=_OFF if is_ppo else _OFF[:1],
        dtype=first_dtype(parameters),
    )


def _check(model: Any) -> None:
    from stable_baselines3 import A2C, PPO

    instead = "a PPO or A2C model with a flat Box of observations and an MlpPolicy"
    if not isinstance(model, PPO | A2C):
        raise InvalidArgument.of("subject", type(model).__name__, "not an on-policy model", instead)
    check_policy(model, instead)


def check_policy(model: Any, instead: str) -> None:
    """Refuses observations that are no vectors, and actions that are no plain samples.

    Raises:
        InvalidArgument: as said; `instead` is what to pass.
    """
    from gymnasium import spaces

    space = model.observation_space
    if not isinstance(space, spaces.Box) or len(space.shape) != 1:
        raise InvalidArgument.of("subject", space, "its observations are not a flat Box", instead)
    if model.use_sde or model.policy.squash_output:
        raise InvalidArgument.of("subject", model.policy, "squashed or gSDE actions", instead)


def distribution_of(model: Any) -> Callable[[Tensor], Distribution]:
    """obs -> distribution of a model's policy, in any shape of batch."""

    def policy(obs: Tensor) -> Distribution:
        batch = obs.shape[:-1]
        flat = model.policy.get_distribution(obs.reshape(-1, obs.shape[-1])).distribution
        if isinstance(flat, Categorical):
            return Categorical(logits=flat.logits.reshape(*batch, -1))
        if isinstance(flat, Normal):
            mean, scale = flat.loc.reshape(*batch, -1), flat.scale.reshape(*batch, -1)
            return Independent(Normal(mean, scale), 1)
        return flat

    return policy


def values_of(model: Any, obs: Tensor) -> Tensor:
    """V of a model's critic, in any shape of batch."""
    return model.policy.predict_values(obs.reshape(-1, obs.shape[-1])).reshape(obs.shape[:-1])


def _ppo_call(model: Any) -> Callable[..., None]:
    def update(
        obs: Float[Tensor, "T N O"],
        actions: Shaped[Tensor, "T N *D"],
        logp_old: Float[Tensor, "T N"],
        values_old: Float[Tensor, "T N"],
        advantages: Float[Tensor, "T N"],
        returns: Float[Tensor, "T N"],
    ) -> None:
        columns = {"log_probs": logp_old, "values": values_old}
        columns |= {"advantages": advantages, "returns": returns}
        changes = {"n_epochs": 1, "batch_size": advantages.numel()}
        changes |= {"target_kl": None, "clip_range_vf": None}
        train_once(model, obs, actions, columns, changes)

    return update


def _a2c_call(model: Any) -> Callable[..., None]:
    def update(
        obs: Float[Tensor, "T N O"],
        actions: Shaped[Tensor, "T N *D"],
        advantages: Float[Tensor, "T N"],
        returns: Float[Tensor, "T N"],
    ) -> None:
        unused = advantages.new_zeros(advantages.shape)
        columns = {"log_probs": unused, "values": unused}
        columns |= {"advantages": advantages, "returns": returns}
        train_once(model, obs, actions, columns, {})

    return update


def train_once(
    model: Any,
    obs: Tensor,
    actions: Tensor,
    columns: dict[str, Tensor],
    changes: dict[str, Any],
) -> None:
    """Runs the model's own `train` on a batch, and puts all but its parameters back.

    Args:
        model: whose `train` is run.
        obs: [T, N, O].
        actions: [T, N] or [T, N, D].
        columns: the rollout buffer's own names, [T, N].
        changes: attributes of the model that are others while it runs.
    """
    dtype = first_dtype(dict(model.policy.named_parameters()))
    columns = {name: column.to(dtype) for name, column in columns.items()}
    if actions.is_floating_point():
        actions = actions.to(dtype)
    buffer = double_buffer_class()(
        actions.shape[0],
        model.observation_space,
        model.action_space,
        device=model.device,
        n_envs=actions.shape[1],
    )
    fill(buffer, obs=obs.to(dtype), actions=actions, **columns)
    changes = {**changes, "rollout_buffer": buffer, "max_grad_norm": float("inf")}
    changes["_logger"] = silent_logger()
    optimizer = model.policy.optimizer
    with own_randomness(model.device), _changed(model, changes), _optimizer_kept(optimizer):
        model.train()


@contextmanager
def _changed(model: Any, changes: dict[str, Any]) -> Iterator[None]:
    """Sets attributes of the model, and puts back what was there, or was not."""
    changes = {**changes, "_n_updates": model._n_updates}
    before = {name: vars(model)[name] for name in changes if name in vars(model)}
    training = model.policy.training
    vars(model).update(changes)
    try:
        yield
    finally:
        for name in changes:
            vars(model).pop(name, None)
        vars(model).update(before)
        model.policy.set_training_mode(training)


@contextmanager
def _optimizer_kept(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Adam's moments are as much part of the model as its weights."""
    before = copy.deepcopy(optimizer.state_dict())
    try:
        yield
    finally:
        optimizer.load_state_dict(before)
