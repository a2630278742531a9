"""Problems whose truth can be computed, and experience sampled from them."""

import sys
from typing import TYPE_CHECKING, Any

from rlcheck.worlds.gallery import GALLERY
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy, NetworkGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import (
    gaussian_bandit,
    point_mass,
    random_linear_gaussian,
)
from rlcheck.worlds.paths import Paths, sample_paths
from rlcheck.worlds.rollout import Rollout
from rlcheck.worlds.sampler import sample_episodes, sample_segments
from rlcheck.worlds.tabular import TabularMDP

if TYPE_CHECKING:
    from rlcheck.worlds.gymnasium import to_gymnasium

__all__ = [
    "GALLERY",
    "LinearGaussianMDP",
    "LinearGaussianPolicy",
    "NetworkGaussianPolicy",
    "Paths",
    "Rollout",
    "TabularMDP",
    "gaussian_bandit",
    "point_mass",
    "random_linear_gaussian",
    "sample_episodes",
    "sample_paths",
    "sample_segments",
    "to_gymnasium",
]


def __getattr__(name: str) -> Any:
    """Imports Gymnasium only when it is asked for: a verdict needs none of it."""
    if name == "to_gymnasium":
        from rlcheck.worlds.gymnasium import to_gymnasium

        return to_gymnasium
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# Hypothesis wants the types themselves, which exist from here on. If it was imported first, its
# entry point is loaded and waits for them; otherwise nothing happens, and nothing is imported.
if _waiting := sys.modules.get("_rlcheck_hypothesis"):
    _waiting.register()
