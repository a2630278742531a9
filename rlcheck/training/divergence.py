"""Whether a learner is still one: whether all that it keeps, and that went by, is finite."""

from typing import Any

from torch import Tensor

from rlcheck.algorithms.saving import State


class Diverged(Exception):
    """Something is no number any more; the last checkpoint, if there is one, is still good."""


def require_numbers(learner: Any, steps: int, kept_at: int) -> None:
    """Stops where something is no number, and says what was the first.

    What an update noted on the learner's `watch` comes first, in the order in which it came about;
    then what it keeps.

    Args:
        learner: with a state and a watch.
        steps: when it is looked at.
        kept_at: steps of the last checkpoint; zero where there is none.

    Raises:
        Diverged: with the name.
    """
    wrong = learner.watch.first_not_finite() or _first_not_finite(learner.state())
    if wrong is not None:
        good = f"the checkpoint of {kept_at} steps is kept" if kept_at else "none was kept"
        raise Diverged(f"{wrong} is no number any more, as was seen at {steps} steps; {good}")


def _first_not_finite(state: State) -> str | None:
    floats = {n: v for n, v in state.items() if isinstance(v, Tensor) and v.is_floating_point()}
    # Counts of an optimiser lie on the CPU wherever its moments are: no stack of all is possible.
    finite = [bool(value.isfinite().all()) for value in floats.values()]
    return next((name for name, fine in zip(floats, finite, strict=True) if not fine), None)
