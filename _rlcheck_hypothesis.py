"""What Hypothesis calls whenever it is imported: it must cost nothing where rlcheck is not used.

It lies outside the package and imports neither torch nor NumPy nor rlcheck. Hypothesis registers a
strategy under the type itself, and the types exist once `rlcheck.worlds` is loaded. So `register`
does nothing before that; `rlcheck.worlds`, as its last act, calls it again where Hypothesis came
first. A strategy is imported when it is asked for.
"""

import importlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

STRATEGIES = {
    "TabularMDP": "tabular_mdps",
    "LinearGaussianMDP": "linear_gaussian_mdps",
    "Rollout": "rollouts",
}
"""A type of `rlcheck.worlds`, and the strategy of `rlcheck.strategies` that draws it."""


def register() -> None:
    """Tells Hypothesis which strategy draws each of rlcheck's types, once these are there."""
    worlds = sys.modules.get("rlcheck.worlds")
    if not all(hasattr(worlds, name) for name in STRATEGIES):
        return  # not imported, or only half: it will call again
    from hypothesis.strategies import register_type_strategy

    for name, strategy in STRATEGIES.items():
        register_type_strategy(getattr(worlds, name), partial(_strategy, strategy))


def _strategy(name: str, _type: type) -> "SearchStrategy[Any]":
    return getattr(importlib.import_module("rlcheck.strategies"), name)()
