"""From the case on which a property was first seen to fail to the smallest on which it fails."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from rlcheck.errors import InvalidArgument
from rlcheck.judges.chooser import Chooser
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.worlds import Size

Fails = Callable[[AnyCase], bool]
# Hypothesis' own `DrawFn` is a protocol that cannot be checked at run time.
Draw = Callable[..., Any]


@st.composite
def smaller_cases(draw: Draw, seen: Recipe) -> AnyCase:
    """Cases of the form and settings that were seen, no larger, simplest first."""
    fewest = 1 if seen.actions == "continuous" else 2
    size = Size(
        n_states=draw(st.integers(1, seen.size.n_states)),
        n_actions=draw(st.integers(fewest, seen.size.n_actions)),
        horizon=draw(st.integers(1, seen.size.horizon)),
        successors=draw(st.integers(1, seen.size.successors)),
    )
    recipe = replace(
        seen,
        size=size,
        n_rollouts=draw(st.integers(1, seen.n_rollouts)),
        seed=draw(st.integers(0, 3)),
        choices=None,
    )
    return make_case(recipe, Chooser(lambda count: draw(st.integers(0, count - 1))))


def smallest_failing(case: AnyCase, fails: Fails, seconds: float = 6.0) -> AnyCase:
    """The smallest case found on which the property still fails; the given one if none is.

    Args:
        case: where it was first seen.
        fails: tries the property on another case.
        seconds: how long to compute; what has been found by then is what is returned. Time that
            other processes take does not count: a busy machine gives the same world.
    """
    until = time.process_time() + seconds
    best = case

    def condition(candidate: AnyCase) -> bool:
        nonlocal best
        if time.process_time() > until:
            return False
        try:
            failed = fails(candidate)
        except InvalidArgument:
            return False
        if failed:
            # Hypothesis keeps a candidate only where it is simpler than the last that failed.
            best = candidate
        return failed

    profile = settings(
        max_examples=60,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
    )
    # It raises where none smaller was found, or time ran out while one was replayed: `best` stands.
    with contextlib.suppress(HypothesisException):
        best = find(smaller_cases(case.recipe), condition, settings=profile, random=Random(0))
    return best
