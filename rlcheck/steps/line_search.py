"""Backtracking: the longest part of a step that improves and stays near."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from rlcheck.errors import InvalidArgument

Trial = Callable[[float], tuple[float, float]]
"""Part of the step -> (surrogate's improvement, mean divergence) with the parameters there."""


@dataclass(frozen=True, kw_only=True)
class LineSearch:
    """What backtracking found.

    Attributes:
        part: of the step that is taken; 0.0 where none was accepted.
        improvement: of the surrogate there.
        divergence: there.
        trials: how many parts were looked at.
    """

    part: float
    improvement: float
    divergence: float
    trials: int

    @property
    def accepted(self) -> bool:
        """Whether any part was."""
        return self.part > 0.0


def line_search(
    try_at: Trial, max_divergence: float, *, shrink: float = 0.5, trials: int = 10
) -> LineSearch:
    """The first of 1, c, c^2, ... at which the surrogate improves and KL <= delta.

    Args:
        try_at: puts the parameters at old + part * step and measures there. Whoever calls puts
            them back where nothing is accepted: the last trial leaves them at the shortest part.
        max_divergence: delta, in nats.
        shrink: c, between 0 and 1.
        trials: how many parts are tried.

    Returns:
        The part that was accepted, or none. A number that is not finite is never accepted.

    Raises:
        InvalidArgument: where a setting is out of range.

    Source: Schulman et al. (2015), appendix C.
    """
    if not 0.0 < shrink < 1.0:
        raise InvalidArgument.of("shrink", shrink, "parts would not shrink", "say 0.5")
    if trials < 1:
        raise InvalidArgument.of("trials", trials, "nothing would be tried", "1 or more")
    for count in range(trials):
        part = shrink**count
        improvement, divergence = try_at(part)
        improves = math.isfinite(improvement) and improvement > 0.0
        if improves and math.isfinite(divergence) and divergence <= max_divergence:
            return LineSearch(
                part=part, improvement=improvement, divergence=divergence, trials=count + 1
            )
    return LineSearch(part=0.0, improvement=0.0, divergence=0.0, trials=trials)
