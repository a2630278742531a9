"""A Tianshou PPO, A2C or TRPO algorithm, checked where it lives."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.distributions import Distribution

from rlcheck.adapters.live import Live, action_spec, first_dtype, first_width
from rlcheck.adapters.surroundings import own_randomness
from rlcheck.adapters.tianshou.update import update_once
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.own import device_of

_CG_ITERATIONS = 10.0
"""In the code of `TRPO._update_with_batch`."""


def live(algorithm: Any, obs_dim: int | None = None) -> Live:
    """Takes an algorithm apart; `call` runs its own step once over the batch.

    Its optimiser steps the algorithm's own parameters: whoever calls it puts them back. The
    optimiser's state is put back here. Whitening, dual clip and value clip stay as they are,
    and are listed as conventions.

    Args:
        algorithm: PPO, A2C or TRPO.
        obs_dim: length of an observation; read off the first weight matrix where it is not given.

    Raises:
        InvalidArgument: none of these, or a policy that is not a Categorical or an
            Independent normal.
    """
    from tianshou.algorithm.modelfree.a2c import A2C
    from tianshou.algorithm.modelfree.ppo import PPO
    from tianshou.algorithm.modelfree.trpo import TRPO

    if not isinstance(algorithm, PPO | A2C | TRPO):
        raise InvalidArgument.of(
            "subject", type(algorithm).__name__, "not an on-policy algorithm",
            "a PPO, an A2C or a TRPO",
        )  # fmt: skip
    if isinstance(algorithm, TRPO):
        return _trust_region(algorithm, obs_dim)
    is_ppo = isinstance(algorithm, PPO)
    optimised = algorithm.optim._module
    parameters = dict(optimised.named_parameters())
    width, dtype = first_width(parameters, obs_dim), first_dtype(parameters)
    device = device_of(parameters)
    policy = _policy_of(algorithm, dtype)
    with torch.no_grad():
        action = action_spec(policy(torch.zeros(1, width, dtype=dtype, device=device)))
    settings = {"vf_coef": float(algorithm.vf_coef), "ent_coef": float(algorithm.ent_coef)}
    if is_ppo:
        settings["clip_eps"] = float(algorithm.eps_clip)
    return Live(
        name=f"tianshou:{type(algorithm).__name__}",
        claim="ppo-loss" if is_ppo else "a2c-loss",
        kind="update",
        policy=policy,
        value_fn=lambda obs: _values(algorithm, obs.to(dtype)),
        parameters=parameters,
        obs_dim=width,
        action=action,
        call=_ppo_call(algorithm, dtype) if is_ppo else _a2c_call(algorithm, dtype),
        settings=settings,
        conventions=_conventions(algorithm),
        changed=("gradient clipping", "minibatches", "repeats"),
        dtype=torch.float32 if is_ppo else dtype,
    )


def _trust_region(algorithm: Any, obs_dim: int | None) -> Live:
    """A TRPO: its optimiser holds the critic alone, its step moves the actor."""
    actor = {f"actor.{n}": p for n, p in algorithm.policy.actor.named_parameters()}
    critic = {f"critic.{n}": p for n, p in algorithm.critic.named_parameters()}
    width, dtype = first_width(actor, obs_dim), first_dtype(actor)
    policy = _policy_of(algorithm, dtype)
    with torch.no_grad():
        zeros = torch.zeros(1, width, dtype=dtype, device=device_of(actor))
        action = action_spec(policy(zeros))
    return Live(
        name=f"tianshou:{type(algorithm).__name__}",
        claim="trpo-step",
        kind="update",
        policy=policy,
        value_fn=lambda obs: _values(algorithm, obs.to(dtype)),
        parameters={**actor, **critic},
        obs_dim=width,
        action=action,
        call=_ppo_call(algorithm, dtype),
        settings={
            "max_kl": float(algorithm.max_kl),
            "damping": float(algorithm._damping),
            "cg_iterations": _CG_ITERATIONS,
            "backtrack_coeff": float(algorithm.backtrack_coeff),
            "backtracks": float(algorithm.max_backtracks),
        },
        conventions=_conventions(algorithm),
        changed=("minibatches", "repeats"),
        dtype=torch.float32,
    )


def _policy_of(algorithm: Any, dtype: torch.dtype) -> Callable[[Tensor], Distribution]:
    def policy(obs: Tensor) -> Distribution:
        batch = obs.shape[:-1]
        flat = obs.to(dtype).reshape(-1, obs.shape[-1])
        outputs, _ = algorithm.policy.actor(flat)
        if isinstance(outputs, tuple):
            outputs = tuple(x.expand(len(flat), -1).reshape(*batch, -1) for x in outputs)
        else:
            outputs = outputs.reshape(*batch, -1)
        return algorithm.policy.dist_fn(outputs)

    return policy


def _values(algorithm: Any, obs: Tensor) -> Tensor:
    return algorithm.critic(obs.reshape(-1, obs.shape[-1])).reshape(obs.shape[:-1])


def _ppo_call(algorithm: Any, dtype: torch.dtype) -> Callable[..., None]:
    def update(
        obs: Float[Tensor, "T N O"],
        actions: Shaped[Tensor, "T N *D"],
        logp_old: Float[Tensor, "T N"],
        values_old: Float[Tensor, "T N"],
        advantages: Float[Tensor, "T N"],
        returns: Float[Tensor, "T N"],
    ) -> None:
        columns = {"logp_old": logp_old, "v_s": values_old, "adv": advantages, "returns": returns}
        _step(algorithm, dtype, obs, actions, columns)

    return update


def _a2c_call(algorithm: Any, dtype: torch.dtype) -> Callable[..., None]:
    def update(
        obs: Float[Tensor, "T N O"],
        actions: Shaped[Tensor, "T N *D"],
        advantages: Float[Tensor, "T N"],
        returns: Float[Tensor, "T N"],
    ) -> None:
        _step(algorithm, dtype, obs, actions, {"adv": advantages, "returns": returns})

    return update


def _step(
    algorithm: Any, dtype: torch.dtype, obs: Tensor, actions: Tensor, columns: dict[str, Tensor]
) -> None:
    if actions.is_floating_point():
        actions = actions.to(dtype)
    columns = {name: column.to(dtype) for name, column in columns.items()}
    with own_randomness(obs.device), _kept(algorithm.optim):
        update_once(algorithm, obs.to(dtype), actions, columns)


@contextmanager
def _kept(optim: Any) -> Iterator[None]:
    """Clipping off, and the optimiser's state and setting put back."""
    state, bound = copy.deepcopy(optim.state_dict()), optim._max_grad_norm
    optim._max_grad_norm = None
    try:
        yield
    finally:
        optim._max_grad_norm = bound
        optim.load_state_dict(state)


def _conventions(algorithm: Any) -> tuple[str, ...]:
    switches = {
        "advantage_normalization": "advantages whitened",
        "dual_clip": "dual clip",
        "value_clip": "value clipping",
    }
    return tuple(words for name, words in switches.items() if getattr(algorithm, name, None))
