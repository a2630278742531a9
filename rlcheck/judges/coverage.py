"""What the batches of a verdict reached: states, actions and times, clip regions, boundaries."""

from collections.abc import Sequence

import torch

from rlcheck.judges.case import Case
from rlcheck.judges.continuous_case import AnyCase, ContinuousCase
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.same_batch import REGIONS, region_of
from rlcheck.subjects.batch import Batch
from rlcheck.verdict import Coverage
from rlcheck.worlds import Rollout
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std


def coverage_of(cases: Sequence[AnyCase], clips: bool) -> Coverage:
    """The coverage of sampled batches, with what they left out."""
    regions: dict[str, int] = {}
    boundaries = {"terminated": 0, "truncated": 0, "cut by the segment": 0, "padded": 0}
    reached, possible = 0, 0
    for case in cases:
        batch = case.sampled
        _count_boundaries(batch, boundaries)
        if clips:
            _count_regions(batch, regions)
        seen, there = _slots(case)
        reached, possible = reached + seen, possible + there
    wanted = [f"{sign} A, {region}" for sign in ("positive", "negative") for region in REGIONS]
    left_out = [name for name in wanted if clips and not regions.get(name)]
    left_out += [name for name, count in boundaries.items() if not count]
    return Coverage(
        state_action_time=reached / possible if possible else 0.0,
        regions=regions,
        boundaries=boundaries,
        left_out=tuple(left_out),
    )


def _count_boundaries(batch: Batch, counts: dict[str, int]) -> None:
    rollout = batch.rollout
    counts["terminated"] += int(rollout.terminated.sum())
    counts["truncated"] += int(rollout.truncated.sum())
    counts["cut by the segment"] += int((~rollout.dones[-1] & rollout.mask[-1]).sum())
    counts["padded"] += int((~rollout.mask).sum())


def _count_regions(batch: Batch, counts: dict[str, int]) -> None:
    where, mask = region_of(batch), batch.rollout.mask
    for sign, positive in (("positive", True), ("negative", False)):
        signed = (batch.advantages > 0) == positive
        for index, name in enumerate(REGIONS):
            key = f"{sign} A, {name}"
            counts[key] = counts.get(key, 0) + int(((where == index) & signed & mask).sum())


def _slots(case: AnyCase) -> tuple[int, int]:
    """(s, a, k) that the sampled batch reached, and that any rollout can reach."""
    if isinstance(case, ContinuousCase):
        return _sides(case)
    reached = len(_triples(case.sampled.rollout))
    if isinstance(case, RecurrentCase):
        return reached, len(_triples(case.listed.rollout))
    return reached, reachable(case)


def reachable(case: Case) -> int:
    """How many (s, a, k) have a positive probability, k the time since the episode began."""
    world, acts, count = case.world, case.pi_old > 0, 0
    limits = (case.length, world.time_limit, world.horizon)
    longest = min((limit for limit in limits if limit is not None), default=None)
    here, k = (world.initial > 0) & ~world.terminal, 0
    while bool(here.any()) and (longest is None or k < longest):
        taken = here[:, None] & acts
        count += int(taken.sum())
        here = ((world.transitions > 0) & taken[..., None]).any(dim=(0, 1)) & ~world.terminal
        k += 1
    return count


def _sides(case: ContinuousCase) -> tuple[int, int]:
    """As `_slots`, for continuous actions: (k, on which side of the mean each action lies)."""
    rollout = case.sampled.rollout
    mean, _ = mean_and_std(case.policy_old(rollout.obs))
    sides = torch.cat([(rollout.actions > mean).long(), rollout.steps[..., None]], dim=-1)
    reached = {tuple(row) for row in sides[rollout.mask].tolist()}
    times = set(rollout.steps[rollout.mask].tolist())
    return len(reached), len(times) * 2 ** mean.shape[-1]


def _triples(rollout: Rollout) -> set[tuple[int, ...]]:
    assert rollout.states is not None
    columns = torch.stack([rollout.states, rollout.actions, rollout.steps], -1)[rollout.mask]
    return {tuple(row) for row in columns.tolist()}
