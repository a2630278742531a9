"""Scalar losses to minimise, one method a file, built from `rlcheck.estimators`. Pure functions.

What must not carry a gradient (advantages, returns, old log-probabilities) is passed in without a
graph; no loss has a switch for it, and none detaches behind its caller's back. Nothing looks at
the numbers themselves: NaN in a valid slot comes out as NaN, a masked slot may hold anything.
"""

from rlcheck.losses.a2c import a2c_loss
from rlcheck.losses.actor_critic import actor_critic
from rlcheck.losses.cpi import cpi
from rlcheck.losses.dqn import dqn_huber_loss, dqn_loss
from rlcheck.losses.entropy import entropy_bonus
from rlcheck.losses.off_policy import (
    importance_sampling,
    importance_sampling_per_step,
    importance_sampling_per_trajectory,
)
from rlcheck.losses.ppo import ppo_loss
from rlcheck.losses.ppo_clip import ppo_clip
from rlcheck.losses.ppo_penalty import ppo_penalty, ppo_penalty_from_kl
from rlcheck.losses.q_learning import q_learning
from rlcheck.losses.reinforce import (
    reinforce,
    reinforce_baseline,
    reinforce_full_return,
    reinforce_step_mean,
)
from rlcheck.losses.value import value_loss

__all__ = [
    "a2c_loss",
    "actor_critic",
    "cpi",
    "dqn_huber_loss",
    "dqn_loss",
    "entropy_bonus",
    "importance_sampling",
    "importance_sampling_per_step",
    "importance_sampling_per_trajectory",
    "ppo_clip",
    "ppo_loss",
    "ppo_penalty",
    "ppo_penalty_from_kl",
    "q_learning",
    "reinforce",
    "reinforce_baseline",
    "reinforce_full_return",
    "reinforce_step_mean",
    "value_loss",
]
