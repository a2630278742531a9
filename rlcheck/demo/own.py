"""Two claims whose function in `rlcheck.losses` does more, or less, than the claim promises."""

from typing import Any

from jaxtyping import Bool, Float, Int
from torch import Tensor

from rlcheck import losses


def value_loss(
    values_new: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The value loss with its clipping left off, which is a convention."""
    return losses.value_loss(values_new, returns, vf_coef, mask)


def ppo_recurrent(
    agent: Any,
    obs: Float[Tensor, "T N O"],
    actions: Int[Tensor, "T N"],
    initial_state: Float[Tensor, "1 N H"],
    episode_starts: Bool[Tensor, "T N"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    clip_eps: float,
    vf_coef: float,
    ent_coef: float,
) -> Float[Tensor, ""]:
    """PPO's loss on what a policy with a memory says of a segment, unrolled by the agent."""
    _, logp, entropy, values, _ = agent.get_action_and_value(
        obs.flatten(0, 1), initial_state, episode_starts.flatten(), actions.flatten()
    )
    return losses.ppo_loss(
        logp, logp_old.flatten(), advantages.flatten(), values.flatten(), returns.flatten(),
        entropy, clip_eps, vf_coef, ent_coef,
    )  # fmt: skip
