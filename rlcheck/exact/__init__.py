"""The truth in a tabular world: values, occupancies, gradients, Fisher matrix, KL, all rollouts.

Every quantity here has a second route in `rlcheck.exact.routes` that shares no code with it.
"""

from rlcheck.exact.batched import Gradients, WorldBatch, objective_gradients
from rlcheck.exact.divergence import kl_divergence, mean_kl_divergence, renyi_divergence
from rlcheck.exact.enumeration import (
    LARGEST_ENUMERATION,
    enumerate_episodes,
    enumerate_segments,
    longest_episode,
)
from rlcheck.exact.fisher import fisher_matrix
from rlcheck.exact.objective import objective, objective_gradient, objective_hessian
from rlcheck.exact.occupancy import occupancy, slot_law, state_law
from rlcheck.exact.policy import policy_table
from rlcheck.exact.statistics import covariance, expectation
from rlcheck.exact.values import action_values, advantages, state_values

__all__ = [
    "LARGEST_ENUMERATION",
    "Gradients",
    "WorldBatch",
    "action_values",
    "advantages",
    "covariance",
    "enumerate_episodes",
    "enumerate_segments",
    "expectation",
    "fisher_matrix",
    "kl_divergence",
    "longest_episode",
    "mean_kl_divergence",
    "objective",
    "objective_gradient",
    "objective_gradients",
    "objective_hessian",
    "occupancy",
    "policy_table",
    "renyi_divergence",
    "slot_law",
    "state_law",
    "state_values",
]
