"""Samples, by the project's own sampler, against a result's exact mean and exact variance."""

import zlib
from dataclasses import dataclass

import torch
from sympy import Expr
from torch import Tensor

from rlcheck.bridge.batches import sampler, some_rollouts
from rlcheck.bridge.case import Case
from rlcheck.bridge.form import Bridge, Estimator, Sampled, every_rollout
from rlcheck.bridge.limits import Deviation, deviation
from rlcheck.bridge.reading import torch_function
from rlcheck.bridge.sides import formula, mean_and_variance, numbers, side
from rlcheck.bridge.tracked import UNIT, Tracked

DRAWS = 20_000
"""Rollouts of one comparison: a bias of five hundredths of a standard deviation is found."""


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """A Monte Carlo estimate by one piece of code, held against one result.

    Args:
        result: its name.
        code: the functions that made the estimate.
        deviation: from the exact value.
        before: of the first draws alone, of four times as many each time; only the whole is judged.
    """

    result: str
    code: tuple[str, ...]
    deviation: Deviation
    before: tuple[Deviation, ...]

    @property
    def agrees(self) -> bool:
        """Not rejected by the e-value."""
        return not self.deviation.rejected


def estimate(bridge: Bridge, case: Case, draws: int = DRAWS) -> list[Estimated]:
    """Every Monte Carlo comparison of a bridge in one case.

    Args:
        bridge: what to hold.
        case: as drawn; the bridge prepares it.
        draws: how many of each.
    """
    case = bridge.prepare(case)
    found = []
    for estimator in bridge.estimators:
        samples = _samples(estimator, case, draws, _generator(bridge, estimator.code))
        found.append(_of_estimator(bridge, estimator, case, samples))
    for sampled in bridge.sampled:
        samples = sampled.draw(case, draws, _generator(bridge, sampled.code))
        found.append(_of_sampled(bridge, sampled, case, samples))
    return found


def _generator(bridge: Bridge, code: tuple[str, ...]) -> torch.Generator:
    """Fixed by the comparison's name: the false-alarm rate is over such choices."""
    return torch.Generator().manual_seed(zlib.crc32(f"{bridge.name} {code}".encode()))


def _samples(estimator: Estimator, case: Case, draws: int, generator: torch.Generator) -> Tensor:
    policy = sampler(case, estimator.sampler)
    return estimator.statistic(case, some_rollouts(case, policy, draws, generator)).detach()


def _of_estimator(bridge: Bridge, estimator: Estimator, case: Case, samples: Tensor) -> Estimated:
    line = formula(bridge.result).lines[estimator.sides[0] if estimator.sides else 0]
    mean = side(bridge, case, line)
    _, variance = mean_and_variance(bridge, case, estimator.body, estimator.sampler)
    return _estimated(bridge, case, estimator.code, samples, mean, variance)


def _of_sampled(bridge: Bridge, sampled: Sampled, case: Case, samples: Tensor) -> Estimated:
    mean = side(bridge, case, formula(bridge.result).lines[sampled.mean])
    variance = _exact_variance(bridge, case, sampled.variance, sampled)
    return _estimated(bridge, case, sampled.code, samples, mean, variance)


def _exact_variance(bridge: Bridge, case: Case, line: Expr, sampled: Sampled) -> Tracked:
    function = torch_function(line, (), sampled.bindings)
    return function(numbers(bridge, case))


def _estimated(
    bridge: Bridge,
    case: Case,
    code: tuple[str, ...],
    samples: Tensor,
    mean: Tracked,
    variance: Tracked,
) -> Estimated:
    """Both sides round: the formula's mean by d u s, each draw by n u s."""
    upper = (variance.value + variance.error).flatten()
    floor = (mean.error + every_rollout(case) * UNIT * mean.sensitivity).flatten()
    draws = samples.reshape(len(samples), -1)
    exact = mean.value.flatten()
    return Estimated(
        result=bridge.name,
        code=code,
        deviation=deviation(draws, exact, upper, floor),
        before=tuple(
            deviation(draws[:count], exact, upper, floor) for count in _prefixes(len(draws))
        ),
    )


def _prefixes(count: int) -> list[int]:
    """count / 4, count / 16, ..., from the smallest that is at least ten."""
    return [count // 4**power for power in range(6, 0, -1) if count // 4**power >= 10]
