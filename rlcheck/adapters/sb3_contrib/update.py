"""sb3-contrib's TRPO, making one step with the real `train`."""

from typing import Any

from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.distributions import Distribution

from rlcheck.adapters.stable_baselines3.spaces import (
    action_space,
    empty_vec_env_class,
    observation_space,
)
from rlcheck.adapters.stable_baselines3.stand_in import StandInPolicy, double_buffer_class, fill
from rlcheck.adapters.stable_baselines3.update import silent_logger
from rlcheck.adapters.surroundings import own_randomness


def trpo(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    values_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    max_kl: float,
    damping: float,
    cg_iterations: int,
    backtrack_coeff: float,
    backtracks: int,
) -> None:
    """One `TRPO.train()` over the whole batch; what it does is where it leaves the policy.

    Off: whitening, sub-sampling. The critic, which is fitted afterwards, sees the batch once.

    Source: sb3-contrib, `trpo/trpo.py`, `TRPO.train`.
    """
    from sb3_contrib import TRPO

    steps, envs = actions.shape[:2]
    env = empty_vec_env_class()(envs, observation_space(obs), action_space(actions))
    with own_randomness(obs.device):
        model: Any = TRPO(
            TrustRegionPolicy,  # type: ignore[arg-type] - what `train` uses of one
            env,
            learning_rate=1.0,
            n_steps=steps,
            batch_size=steps * envs,
            target_kl=max_kl,
            cg_damping=damping,
            cg_max_steps=cg_iterations,
            line_search_shrinking_factor=backtrack_coeff,
            line_search_max_iter=backtracks,
            n_critic_updates=1,
            normalize_advantage=False,
            rollout_buffer_class=double_buffer_class(),
            policy_kwargs={"policy": policy, "value_fn": value_fn},
            device=str(obs.device),
        )
        model.set_logger(silent_logger())
        columns = {"log_probs": logp_old, "values": values_old}
        columns |= {"advantages": advantages, "returns": returns}
        fill(model.rollout_buffer, obs=obs, actions=actions, **columns)
        model.train()


class Law:
    """A distribution in the shape of SB3's own: PyTorch's inside, and its log-probability."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution

    def log_prob(self, actions: Tensor) -> Tensor:
        """As SB3's own, one number an action."""
        return self.distribution.log_prob(actions)


class TrustRegionPolicy(StandInPolicy):
    """What TRPO's `train` uses of a policy, beside what PPO's does."""

    def get_distribution(self, obs: Tensor) -> Law:
        """The distribution at a flat batch."""
        return Law(self.policy(obs))

    def predict_values(self, obs: Tensor) -> Tensor:
        """V at a flat batch."""
        return self.value_fn(obs)
