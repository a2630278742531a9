"""Tianshou: PPO's, A2C's and TRPO's real updates, and `compute_episodic_return`.

Read in 2.0.1, and what follows from it for a check:

- `PPO._update_with_batch` minimises -mean(min(r A, clip(r) A)) + vf_coef mean((R - V)^2)
  - ent_coef mean(H), with the ratio cast to float32 (`.exp().float()`): 6e-8 relative.
  The public `update(buffer)` computes advantages and old log-probabilities by itself, so
  pi is pi_old there always; with advantages given, the step below it is the entry.
- Switched off here: `advantage_normalization` (on by default), minibatches, `repeat`,
  `dual_clip`, `value_clip`, `recompute_advantage`, `return_scaling`; no `max_grad_norm`.
- `TRPO._update_with_batch` solves with F + 0.1 I (`_damping`, no argument of the constructor) in at
  most ten iterations, and takes the length by the same operator. Its ratio is float32 as well.
- `compute_episodic_return` has separate flags, and computes in float64. Its loop is compiled by
  numba at the first call of a process, about a second.
"""

from rlcheck.adapters.tianshou.gae import gae
from rlcheck.adapters.tianshou.live import live
from rlcheck.adapters.tianshou.update import a2c, ppo, trpo

__all__ = ["a2c", "gae", "live", "ppo", "trpo"]
