"""An sb3-contrib TRPO model, checked where it lives: its own policy, its own `train`."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from rlcheck.adapters.live import Live, action_spec, first_dtype
from rlcheck.adapters.stable_baselines3.live import (
    check_policy,
    distribution_of,
    train_once,
    values_of,
)
from rlcheck.errors import InvalidArgument

_INSTEAD = "a TRPO model with a flat Box of observations and an MlpPolicy"


def live(model: Any) -> Live:
    """Takes a model apart; `call` runs its own `train` once over the batch.

    The optimiser's state, the buffer and the settings are put back here; its parameters by whoever
    calls it. Whitening of advantages stays as the model has it, and is listed as a convention.

    Raises:
        InvalidArgument: no TRPO, observations that are not a flat `Box`, or a policy with squashed
            actions or state-dependent exploration.
    """
    from sb3_contrib import TRPO

    if not isinstance(model, TRPO):
        raise InvalidArgument.of("subject", type(model).__name__, "not a TRPO model", _INSTEAD)
    check_policy(model, _INSTEAD)
    policy = distribution_of(model)
    width = int(model.observation_space.shape[0])  # type: ignore[index] - a flat Box has one
    parameters = dict(model.policy.named_parameters())
    return Live(
        name=f"sb3-contrib:{type(model).__name__}",
        claim="trpo-step",
        kind="update",
        policy=policy,
        value_fn=lambda obs: values_of(model, obs),
        parameters=parameters,
        obs_dim=width,
        action=action_spec(policy(torch.zeros(1, width, device=model.device))),
        call=_call(model),
        settings={
            "max_kl": float(model.target_kl),
            "damping": float(model.cg_damping),
            "cg_iterations": float(model.cg_max_steps),
            "backtrack_coeff": float(model.line_search_shrinking_factor),
            "backtracks": float(model.line_search_max_iter),
        },
        conventions=("advantages whitened",) if model.normalize_advantage else (),
        changed=("sub-sampling",),
        dtype=first_dtype(parameters),
    )


def _call(model: Any) -> Callable[..., None]:
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
        train_once(model, obs, actions, columns, {"sub_sampling_factor": 1})

    return update
