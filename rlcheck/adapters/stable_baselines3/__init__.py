"""Stable-Baselines3: PPO's and A2C's real `train`, and the rollout buffer's GAE.

Read in 2.9.2, and what follows from it for a check:

- `PPO.train` minimises mean(-min(r A, clip(r) A)) + vf_coef * mse(returns, V) - ent_coef * mean(H);
  the value loss has no factor 1/2 besides `vf_coef`. `A2C.train` has log pi in place of r.
- It has no loss function that could be called: the gradient is that at `policy.optimizer.step`.
- Switched off here: whitening of advantages (`normalize_advantage`, on by default in PPO),
  gradient clipping (`max_grad_norm`), minibatches and epochs, value clipping, `target_kl`.
- The rollout buffer holds float32 arrays, and casts actions to float32 when a batch is taken.
  Here its arrays are float64 and the cast is left out, so that what is compared is the formula.
- The buffer's GAE knows one flag, `episode_starts`: a truncated step is handled before, by
  `collect_rollouts`, which adds gamma * V(final observation) to its reward. `gae` is the
  buffer alone, `gae_collected` runs `collect_rollouts` itself.
"""

from rlcheck.adapters.stable_baselines3.gae import gae, gae_collected
from rlcheck.adapters.stable_baselines3.live import live
from rlcheck.adapters.stable_baselines3.update import a2c, ppo

__all__ = ["a2c", "gae", "gae_collected", "live", "ppo"]
