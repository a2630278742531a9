"""TorchRL: its loss modules as functions of a batch, and its value functionals.

Read in 0.14.1, and what follows from it for a check:

- A loss module returns `loss_objective`, `loss_critic` and `loss_entropy`, to be summed
  (`ReinforceLoss`: `loss_actor` and `loss_value`, without any coefficients).
- The critic's distance is `smooth_l1` by default; here `l2`, mean (V - target)^2, no 1/2.
- Its coefficients are tensors of torch's default type: float64 around each call.
- `ClipPPOLoss` clamps the *logarithm* of the ratio to [log(1-eps), log(1+eps)]: the same number.
- `KLPENPPOLoss` penalises KL(pi_old || pi), in closed form where there is one, and changes its
  coefficient, a buffer, in place between forward and backward: see `kl_pen_ppo`.
- `vec_generalized_advantage_estimate` leaves out weights (gamma lambda)^k below 1e-7, and
  fails where gamma lambda is 0: see `vec_gae`.
"""

from rlcheck.adapters.torchrl.live import live
from rlcheck.adapters.torchrl.losses import a2c, clip_ppo, ppo, reinforce
from rlcheck.adapters.torchrl.penalty import adaptive_kl, kl_pen_ppo, kl_pen_ppo_fixed
from rlcheck.adapters.torchrl.values import (
    gae,
    td1_returns,
    td_lambda,
    vec_gae,
    vec_td1_returns,
    vec_td_lambda,
)

__all__ = [
    "a2c",
    "adaptive_kl",
    "clip_ppo",
    "gae",
    "kl_pen_ppo",
    "kl_pen_ppo_fixed",
    "live",
    "ppo",
    "reinforce",
    "td1_returns",
    "td_lambda",
    "vec_gae",
    "vec_td1_returns",
    "vec_td_lambda",
]
