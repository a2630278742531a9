"""sb3-contrib: TRPO's real `train`, on a filled buffer.

Read in 2.9.2, and what follows from it for a check:

- The divergence that the line search holds to `target_kl` is KL(pi || pi_old):
  `kl_divergence(distribution, old_distribution)`, whose first argument is the p of KL(p || q). Its
  Hessian at pi = pi_old is the Fisher matrix all the same, so that direction and length are right;
  which part of the step is taken is decided by another divergence than TRPO's, KL(pi_old || pi).
- Its conjugate gradients begin at random numbers of size 1e-4 and end where r^T r < 1e-10.
- Parameters with "value" in their names are left out of the step.
- Switched off here: whitening of advantages (on by default), sub-sampling; one pass of the critic.
"""

from rlcheck.adapters.sb3_contrib.live import live
from rlcheck.adapters.sb3_contrib.update import trpo

__all__ = ["live", "trpo"]
