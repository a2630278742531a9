"""Problems whose truth can be computed, and experience sampled from them."""

from rlcheck.worlds.rollout import Rollout
from rlcheck.worlds.tabular import TabularMDP

__all__ = ["Rollout", "TabularMDP"]
