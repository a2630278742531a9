"""The rule by which PPO's penalty coefficient follows the divergence it caused."""

import math

from rlcheck.errors import InvalidArgument


def adaptive_kl(kl_coef: float, kl: float, kl_target: float) -> float:
    """The penalty coefficient for the next update.

    Formula: beta/2 where kl < kl_target/1.5; 2 beta where kl > 1.5 kl_target; else beta.
    Equality leaves it unchanged.

    Args:
        kl_coef: beta, not negative.
        kl: the mean KL(old || new) in nats after the update. A sampled one may be negative.
        kl_target: its target, positive.

    Returns:
        The new beta.

    Raises:
        InvalidArgument: where a number is not finite or out of its range.

    Source: Schulman et al. (2017), section 4. One deviation: at exactly kl_target/1.5 and
        1.5 kl_target the paper says nothing else either; both inequalities are strict.
    """
    if not 0.0 <= kl_coef < math.inf:
        raise InvalidArgument.of("kl_coef", kl_coef, "it is negative or not finite", "say 1.0")
    if not 0.0 < kl_target < math.inf:
        raise InvalidArgument.of("kl_target", kl_target, "it is not positive", "say 0.01")
    if not math.isfinite(kl):
        raise InvalidArgument.of("kl", kl, "it is not finite", "the measured mean divergence")
    if kl < kl_target / 1.5:
        return kl_coef / 2.0
    if kl > 1.5 * kl_target:
        return 2.0 * kl_coef
    return kl_coef
