"""What a strategy can produce, and what its simplest example is."""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

# The same examples every time; nothing is shrunk where only existence is asked for. The
# phase that explains a failure by varying it is left out: `find` returns what was tried last.
_SEARCH = settings(max_examples=1000, database=None, deadline=None, phases=[Phase.generate])
_SHRINK = settings(_SEARCH, phases=[Phase.generate, Phase.shrink])


def reaches(strategy: SearchStrategy[Any], condition: Callable[[Any], bool]) -> bool:
    """Whether some example fulfils the condition."""
    try:
        find(strategy, condition, settings=_SEARCH, random=Random(0))
    except NoSuchExample:
        return False
    return True


def unreached(strategy: SearchStrategy[Any], corners: dict[str, Callable[[Any], bool]]) -> set[str]:
    """The names of the corners that no example reaches; one search looks for all of them."""
    left = dict(corners)

    def all_found(example: Any) -> bool:
        for name in [name for name, condition in left.items() if condition(example)]:
            del left[name]
        return not left

    reaches(strategy, all_found)
    return set(left)


def simplest(
    strategy: SearchStrategy[Any], condition: Callable[[Any], bool] = lambda _: True
) -> Any:
    """What an example shrinks to, among those that fulfil the condition."""
    return find(strategy, condition, settings=_SHRINK, random=Random(0))
