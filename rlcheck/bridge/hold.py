"""Holds a bridge against the code in one case: every side against every route, within the floor.

A side errs by d u s (`tracked`), and code that adds the same contributions by n u s with its own n.
s is the largest over the sides: what one line cancels on paper, the code may not have cancelled.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from derivations.language.statement import Relation
from rlcheck import exact
from rlcheck.bridge.batches import all_rollouts, sampler
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge, Estimator, Route, every_rollout
from rlcheck.bridge.sides import Formula, formula, mean_and_variance, sides
from rlcheck.bridge.tracked import UNIT, Tracked

BLUNT = 1e-6
"""A fault of this relative size must show: a floor above it compares nothing, and fails."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """How far one piece of code is from one result.

    Args:
        result: its name.
        code: the functions that were held against it.
        what: what was compared.
        error: the largest distance, in units of its floor; at most one where they agree.
        sharpness: the largest floor that was used, relative to what the largest number would be
            without cancellation.
    """

    result: str
    code: tuple[str, ...]
    what: str
    error: float
    sharpness: float

    @property
    def agrees(self) -> bool:
        """Within the floor, and the floor sharp enough to mean something."""
        return self.error <= 1 and self.sharpness <= BLUNT


def hold(bridge: Bridge, case: Case, given: Formula | None = None) -> list[Held]:
    """Every comparison of a bridge in one case.

    Args:
        bridge: what to hold.
        case: as drawn; the bridge prepares it.
        given: other lines than the result's own, to see what becomes of a misprint.
    """
    case = bridge.prepare(case)
    lines = sides(bridge, case, given)
    found = [_of_relations(bridge, lines, given or formula(bridge.result))]
    found += [_of_route(bridge, route, case, lines) for route in bridge.routes]
    for estimator in bridge.estimators:
        found += _of_estimator(bridge, estimator, case, lines)
    return found


def _of_relations(bridge: Bridge, lines: list[Tracked], given: Formula) -> Held:
    """Each line against the one above it: the formula's side alone."""
    errors = []
    for above, here, relation in zip(lines, lines[1:], given.relations, strict=False):
        gap = here.value - above.value
        floor = above.error + here.error
        if relation is Relation.AT_MOST:
            gap = gap.clamp(max=0)
        elif relation is Relation.AT_LEAST:
            gap = gap.clamp(min=0)
        errors.append(_in_floors(gap[_defined(above, here)], floor[_defined(above, here)]))
    return Held(
        result=bridge.name,
        code=(),
        what="line by line",
        error=max(errors, default=0.0),
        sharpness=0.0,
    )


def _defined(*numbers: Tracked) -> Tensor:
    """Where nothing was divided by zero: a result claims nothing of what never happens."""
    shapes = torch.broadcast_tensors(*(number.value for number in numbers))
    return torch.stack([shape.isfinite() for shape in shapes]).all(0)


def _of_route(bridge: Bridge, route: Route, case: Case, lines: list[Tracked]) -> Held:
    code = route.compute(case).detach()
    chosen = [lines[i] for i in route.sides] if route.sides else lines
    claimed = None if route.claimed is None else route.claimed(case)
    return against(
        bridge, route.code, "value", chosen, code, route.roundings(case), route.floor(case), claimed
    )


def _of_estimator(
    bridge: Bridge, estimator: Estimator, case: Case, lines: list[Tracked]
) -> list[Held]:
    """Its mean over all rollouts against the sides; its covariance against the formula's."""
    rollouts = all_rollouts(case, sampler(case, estimator.sampler))
    values = estimator.statistic(case, rollouts).detach()
    chosen = [lines[i] for i in estimator.sides] if estimator.sides else lines
    mean, variance = mean_and_variance(bridge, case, estimator.body, estimator.sampler)
    count = every_rollout(case)
    expected = exact.expectation(lambda _: values, rollouts)
    spread = exact.covariance(lambda _: values, rollouts).diagonal()
    mean = mean.reshaped(chosen[0].value.shape)
    return [
        against(bridge, estimator.code, "mean", [*chosen, mean], expected, count),
        against(bridge, estimator.code, "variance", [variance], spread, 2 * count),
    ]


def against(
    bridge: Bridge,
    functions: tuple[str, ...],
    what: str,
    lines: list[Tracked],
    code: Tensor,
    roundings: int,
    more: float = 0.0,
    claimed: Tensor | None = None,
) -> Held:
    """The largest distance between the lines and the code's value, in floors."""
    scales = torch.broadcast_tensors(*(line.sensitivity for line in lines))
    scale = torch.stack(scales).amax(0)
    errors, sharpness = [], []
    for line in lines:
        value, target = torch.broadcast_tensors(line.value, code)
        floor = (line.depth + roundings) * UNIT * scale.expand_as(value) + more
        if claimed is not None:
            value, target, floor = value[claimed], target[claimed], floor[claimed]
        errors.append(_in_floors(value - target, floor))
        sharpness.append(_share(floor, [line.size for line in lines]))
    return Held(
        result=bridge.name,
        code=functions,
        what=what,
        error=max(errors),
        sharpness=max(sharpness),
    )


def _share(floor: Tensor, sizes: list[Tensor]) -> float:
    """The largest floor relative to the largest size; of nothing at all, nothing."""
    if floor.numel() == 0:
        return 0.0
    largest = max(float(size.nan_to_num(0.0, 0.0).max()) for size in sizes)
    bluntest = float(floor.nan_to_num(math.inf).max())
    if largest == 0:
        return 0.0 if math.isfinite(bluntest) else math.inf
    return bluntest / largest


def _in_floors(gap: Tensor, floor: Tensor) -> float:
    """The largest |gap| / floor; a gap that is no number is larger than any floor."""
    if gap.numel() == 0:
        return 0.0
    ratio = torch.where(gap == 0, 0.0, gap.abs() / floor)
    return math.inf if bool(ratio.isnan().any()) else float(ratio.max())
