"""Stage `baseline`: what is subtracted from the return."""

from torch import Tensor

from rlcheck.variants.variant import Stage, fault, right
from rlcheck.variants.workspace import Workspace


def _none(x: Workspace, returns: Tensor) -> Tensor:
    return returns


def _value(x: Workspace, returns: Tensor) -> Tensor:
    return returns - x.values


def _added(x: Workspace, returns: Tensor) -> Tensor:
    return returns + x.values


def _next_value(x: Workspace, returns: Tensor) -> Tensor:
    return returns - x.next_values


def _not_at_the_end(x: Workspace, returns: Tensor) -> Tensor:
    return returns - x.values * (1 - x.terminated)


def _td(x: Workspace, returns: Tensor) -> Tensor:
    return x.rewards + x.gamma * x.next_values * (1 - x.terminated) - x.values


NO_BASELINE = Stage(id="baseline", right=right("no baseline", _none))
"""What is subtracted from the return: here nothing, and nothing else has a name."""

VALUE_BASELINE = Stage(
    id="baseline",
    right=right("the state's value is subtracted", _value),
    others=(
        fault("baseline-added", "the baseline is added", _added),
        fault(
            "baseline-of-successor",
            "the value of the next state, which depends on the action, is subtracted",
            _next_value,
        ),
        fault(
            "baseline-missing-at-end",
            "no baseline where the episode terminated",
            _not_at_the_end,
            "AI4Finance-Foundation/ElegantRL#57",
        ),
        fault("baseline-missing", "no baseline at all", _none),
    ),
)
"""What is subtracted from the return where the state's value is promised."""
