"""What implementations compute from samples: returns, advantages, weights, KL, entropy.

Pure functions of time-major tensors, `[T, N]` or flat `[B]`; differentiable wherever their
formula is. Whoever wants no gradient passes arrays without a graph.
"""

from rlcheck.estimators.baselines import (
    constant_baseline,
    leave_one_out_baseline,
    state_value_baseline,
    variance_minimising_baseline,
)
from rlcheck.estimators.entropy import (
    entropy_categorical,
    entropy_categorical_probs,
    entropy_diagonal_gaussian,
    entropy_sampled,
)
from rlcheck.estimators.gae import gae, gae_by_scan
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
from rlcheck.estimators.n_step import n_step_returns
from rlcheck.estimators.returns import (
    bootstrapped_returns,
    discount_weights,
    discounted_reward_to_go,
    full_return,
    reward_to_go,
    steps_since_start,
)
from rlcheck.estimators.scan import forward_scan, reverse_scan
from rlcheck.estimators.td_errors import td_errors
from rlcheck.estimators.td_lambda import td_lambda_returns
from rlcheck.estimators.td_target import double_q_target, q_learning_target, td_target

__all__ = [
    "bootstrapped_returns",
    "constant_baseline",
    "discount_weights",
    "discounted_reward_to_go",
    "double_q_target",
    "effective_sample_size",
    "entropy_categorical",
    "entropy_categorical_probs",
    "entropy_diagonal_gaussian",
    "entropy_sampled",
    "forward_scan",
    "full_return",
    "gae",
    "gae_by_scan",
    "kl_categorical",
    "kl_categorical_probs",
    "kl_diagonal_gaussian",
    "kl_k1",
    "kl_k2",
    "kl_k3",
    "leave_one_out_baseline",
    "n_step_returns",
    "per_decision_weights",
    "per_step_weights",
    "per_trajectory_weights",
    "q_learning_target",
    "reverse_scan",
    "reward_to_go",
    "state_value_baseline",
    "steps_since_start",
    "td_errors",
    "td_lambda_returns",
    "td_target",
    "variance_minimising_baseline",
]
