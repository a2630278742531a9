"""SB3's PPO and A2C, each making one full-batch update with the real `train`."""

from typing import Any

from jaxtyping import Float, Shaped
from torch import Tensor, nn

from rlcheck.adapters.stable_baselines3.spaces import (
    action_space,
    empty_vec_env_class,
    observation_space,
)
from rlcheck.adapters.stable_baselines3.stand_in import StandInPolicy, double_buffer_class, fill
from rlcheck.adapters.surroundings import own_randomness


def ppo(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    values_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    clip_eps: float,
    vf_coef: float,
    ent_coef: float,
) -> None:
    """One `PPO.train()` over the whole batch; the gradient is that at `optimizer.step`.

    -mean(min(r A, clip(r, 1-eps, 1+eps) A)) + vf_coef mean((V - R)^2) - ent_coef mean(H)

    Off: whitening, gradient clipping, value clipping, `target_kl`, minibatches, epochs.

    Source: Stable-Baselines3, `ppo/ppo.py`, `PPO.train`.
    """
    from stable_baselines3 import PPO

    _update_once(
        PPO,
        policy,
        value_fn,
        {"obs": obs, "actions": actions, "log_probs": logp_old, "values": values_old}
        | {"advantages": advantages, "returns": returns},
        clip_range=clip_eps,
        clip_range_vf=None,
        target_kl=None,
        batch_size=advantages.numel(),
        n_epochs=1,
        vf_coef=vf_coef,
        ent_coef=ent_coef,
    )


def a2c(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    ent_coef: float,
) -> None:
    """One `A2C.train()`; the gradient is that at `optimizer.step`.

    -mean(log pi(a|s) A) + vf_coef mean((V - R)^2) - ent_coef mean(H)

    Off: gradient clipping, and whitening (off by default as well).
    Source: Stable-Baselines3, `a2c/a2c.py`, `A2C.train`.
    """
    from stable_baselines3 import A2C

    unused = advantages.new_zeros(advantages.shape)
    _update_once(
        A2C,
        policy,
        value_fn,
        {"obs": obs, "actions": actions, "log_probs": unused, "values": unused}
        | {"advantages": advantages, "returns": returns},
        use_rms_prop=False,
        vf_coef=vf_coef,
        ent_coef=ent_coef,
    )


def _update_once(
    algorithm: type,
    policy: nn.Module,
    value_fn: nn.Module,
    batch: dict[str, Tensor],
    **settings: Any,
) -> None:
    obs, actions = batch["obs"], batch["actions"]
    steps, envs = actions.shape[:2]
    env = empty_vec_env_class()(envs, observation_space(obs), action_space(actions))
    with own_randomness(obs.device):
        model = algorithm(
            StandInPolicy,
            env,
            learning_rate=1.0,
            n_steps=steps,
            max_grad_norm=float("inf"),
            normalize_advantage=False,
            rollout_buffer_class=double_buffer_class(),
            policy_kwargs={"policy": policy, "value_fn": value_fn},
            device=str(obs.device),
            **settings,
        )
        model.set_logger(silent_logger())
        fill(model.rollout_buffer, **batch)
        model.train()


def silent_logger() -> Any:
    """A logger that keeps SB3's statistics to itself."""
    from stable_baselines3.common.logger import Logger

    return Logger(folder=None, output_formats=[])
