"""What implementations compute from samples: returns, advantages, weights, KL, entropy.

Pure functions of time-major tensors, `[T, N]` or flat `[B]`; differentiable wherever their
formula is. Whoever wants no gradient passes arrays without a graph.
"""

from rlcheck.estimators.entropy import (
    entropy_categorical,
    entropy_categorical_probs,
    entropy_diagonal_gaussian,
    entropy_sampled,
)
from rlcheck.estimators.gae import gae
from rlcheck.estimators.importance import (
    effective_sample_size,
    per_decision_weights,
    per_step_weights,
    per_trajectory_weights,
)
from rlcheck.estimators.kl import (
    kl_categorical,
    kl_categorical_probs,
    kl_diagonal_gaussian,
    kl_k1,
    kl_k2,
    kl_k3,
)
from rlcheck.estimators.returns import (
    bootstrapped_returns,
    discount_weights,
    discounted_reward_to_go,
    full_return,
    reward_to_go,
    steps_since_start,
)
from rlcheck.estimators.td_errors import td_errors

__all__ = [
    "bootstrapped_returns",
    "discount_weights",
    "discounted_reward_to_go",
    "effective_sample_size",
    "entropy_categorical",
    "entropy_categorical_probs",
    "entropy_diagonal_gaussian",
    "entropy_sampled",
    "full_return",
    "gae",
    "kl_categorical",
    "kl_categorical_probs",
    "kl_diagonal_gaussian",
    "kl_k1",
    "kl_k2",
    "kl_k3",
    "per_decision_weights",
    "per_step_weights",
    "per_trajectory_weights",
    "reward_to_go",
    "steps_since_start",
    "td_errors",
]
