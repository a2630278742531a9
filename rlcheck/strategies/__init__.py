"""Hypothesis strategies for everything that rlcheck works with: worlds, policies, rollouts, arrays.

Every number is finite and readable, and failing examples shrink to two states, a step or two, and
numbers like 1/2. Once rlcheck is installed, `st.from_type(rlcheck.TabularMDP)` finds
them by itself.
"""

from rlcheck.strategies.actor_critics import separate_actor_critics, shared_actor_critics
from rlcheck.strategies.advantages import advantages
from rlcheck.strategies.bounds import Bounds
from rlcheck.strategies.chains import absorbing_mdps, cyclic_mdps, dyadic_mdps
from rlcheck.strategies.difficult import (
    aliased_mdps,
    ill_conditioned_mdps,
    near_deterministic_mdps,
)
from rlcheck.strategies.ending import terminating_mdps, truncating_mdps
from rlcheck.strategies.ends import Ends, ends
from rlcheck.strategies.linear_gaussian import linear_gaussian_mdps
from rlcheck.strategies.masks import masks, ragged_lengths
from rlcheck.strategies.networks import ActorCritic, SoftmaxPolicy, ValueFunction
from rlcheck.strategies.pairs import PolicyPair, policy_pairs
from rlcheck.strategies.policies import (
    gaussian_network_policies,
    gaussian_policies,
    network_policies,
    softmax_policies,
)
from rlcheck.strategies.ratios import Region, ratios
from rlcheck.strategies.rollouts import episodes, rollouts, segments
from rlcheck.strategies.tabular import plain_mdps, tabular_mdps

__all__ = [
    "ActorCritic",
    "Bounds",
    "Ends",
    "PolicyPair",
    "Region",
    "SoftmaxPolicy",
    "ValueFunction",
    "absorbing_mdps",
    "advantages",
    "aliased_mdps",
    "cyclic_mdps",
    "dyadic_mdps",
    "ends",
    "episodes",
    "gaussian_network_policies",
    "gaussian_policies",
    "ill_conditioned_mdps",
    "linear_gaussian_mdps",
    "masks",
    "near_deterministic_mdps",
    "network_policies",
    "plain_mdps",
    "policy_pairs",
    "ragged_lengths",
    "ratios",
    "rollouts",
    "segments",
    "separate_actor_critics",
    "shared_actor_critics",
    "softmax_policies",
    "tabular_mdps",
    "terminating_mdps",
    "truncating_mdps",
]
