"""Exact expectation of a response: the route that is honest for this implementation.

1. `tap`: one call on all rollouts, after a self-check.
2. `rollout by rollout`: one call each, where rollouts are not coupled.
3. `dyadic`: one call on a batch that lists each rollout as often as it is likely.
4. `batches of K`: every multiset of K = 2, 3, 4 rollouts: the only honest one where rollouts are
   coupled, for one full batch hides such a bias (it falls as 1/N).
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from rlcheck.judges.callers import Caller
from rlcheck.judges.floors import floor
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.tap import TapLost, weighted_gradient
from rlcheck.subjects.batch import Batch

CHECKED_ROLLOUTS = 8
MOST_SINGLE_CALLS = 64
MOST_ROLLOUTS_IN_BATCHES = 16
MOST_BATCHES = 5_000


class NoRoute(Exception):
    """No route to the expectation is honest, or affordable, here."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OneBatch:
    """One of the batches that an expectation was summed over.

    Attributes:
        columns: its rollouts, by their place in the list.
        weight: the probability of drawing it.
        vector: what was answered on it.
    """

    columns: tuple[int, ...]
    weight: float
    vector: Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Expectation:
    """An expected response.

    Attributes:
        vector: the expectation.
        route: how it was taken.
        batch_size: K, where every batch of K was answered.
        batches: those batches.
    """

    vector: Tensor
    route: str
    batch_size: int = 1
    batches: tuple[OneBatch, ...] = ()


def expected_gradient(caller: Caller, batch: Batch) -> Expectation:
    """E[gradient of one call], rollouts drawn with their probabilities.

    Args:
        caller: the implementation.
        batch: all rollouts of a world, with probabilities.

    Raises:
        NoRoute: rollouts are coupled, or there are too many for what is left to try.
    """
    columns = _checked_columns(batch)
    singles = [caller(batch.select(columns[i : i + 1])).vector for i in range(len(columns))]
    factor = _tap_factor(caller, batch.select(columns), torch.stack(singles))
    probability = _probability(batch)
    if factor is not None:
        try:
            scaled = probability * (batch.rollout.N if factor == 1 else 1)
            return Expectation(vector=weighted_gradient(caller, batch, scaled), route="tap")
        except TapLost:
            pass
    if not _is_additive(caller, batch.select(columns), torch.stack(singles)):
        raise NoRoute("rollouts are coupled")
    if batch.rollout.N > MOST_SINGLE_CALLS:
        raise NoRoute(f"{batch.rollout.N} rollouts, one call each, are too many")
    total = sum(
        probability[n] * caller(batch.select(torch.tensor([n]))).vector
        for n in range(batch.rollout.N)
    )
    return Expectation(vector=total, route="rollout by rollout")  # type: ignore[arg-type]


def expected_array(caller: Caller, batch: Batch, shape: tuple[int, ...]) -> Expectation:
    """Pr(slot t, k, s, a) E[array | t, k, s, a], flattened, from one call on all rollouts.

    Raises:
        NoRoute: a rollout's answer depends on the rollouts beside it.
    """
    full = uncoupled_array(caller, batch)
    return Expectation(vector=by_slot(batch, full, shape), route="one call on all rollouts")


def uncoupled_array(caller: Caller, batch: Batch) -> Tensor:
    """The array of one call on all rollouts.

    Raises:
        NoRoute: a rollout's answer depends on the rollouts beside it.
    """
    columns = _checked_columns(batch)
    together = batch.select(columns)
    answer = caller(together)
    assert answer.raw is not None
    for i in range(len(columns)):
        alone = caller(batch.select(columns[i : i + 1])).raw
        assert alone is not None
        if float((answer.raw[:, i : i + 1] - alone).norm()) > floor(
            together, answer.vector, caller.eps, caller.words, "array"
        ):
            raise NoRoute("rollouts are coupled")
    full = caller(batch).raw
    assert full is not None
    return full


def by_slot(batch: Batch, array: Tensor, shape: tuple[int, ...]) -> Tensor:
    """sum_n p_n array[t, n] at (t, steps, state, action), flattened; `shape` is [T, K, S, A]."""
    rollout = batch.rollout
    assert rollout.states is not None
    _, depth, n_states, n_actions = shape
    slot = torch.arange(rollout.T, device=array.device)[:, None] * depth + rollout.steps
    index = (slot * n_states + rollout.states) * n_actions + rollout.actions
    weights = _probability(batch).to(array.device) * rollout.mask.to(torch.float64) * array
    out = torch.zeros(math.prod(shape), dtype=torch.float64, device=array.device)
    # A padded slot's weight is zero, wherever its repeated state points.
    return out.index_add(0, index.flatten().clamp(max=len(out) - 1), weights.flatten()).cpu()


def expected_over_batches(caller: Caller, batch: Batch, size: int) -> Expectation:
    """E[gradient of one call on K independent rollouts], by every multiset of K.

    Raises:
        NoRoute: more than 16 rollouts, or more batches than are affordable.
    """
    n = batch.rollout.N
    if n > MOST_ROLLOUTS_IN_BATCHES or math.comb(n + size - 1, size) > MOST_BATCHES:
        raise NoRoute(f"every batch of {size} out of {n} rollouts: too many")
    probability = _probability(batch)
    lists = _multisets if _any_order(caller, batch, size) else _ordered
    if lists is _ordered and n**size > MOST_BATCHES:
        raise NoRoute(f"every batch of {size} out of {n} rollouts in every order: too many")
    batches = tuple(
        OneBatch(
            columns=chosen, weight=weight, vector=caller(batch.select(torch.tensor(chosen))).vector
        )
        for chosen, weight in lists(probability, size)
    )
    total = torch.stack([one.weight * one.vector for one in batches]).sum(0)
    return Expectation(
        vector=total, route=f"every batch of {size}", batch_size=size, batches=batches
    )


def expected_by_dyadic_batch(caller: Caller, batch: Batch, most: int = 4096) -> Expectation:
    """E[gradient] as the plain gradient on a batch with multiplicities 2^m p_n.

    Raises:
        NoRoute: the probabilities are no multiples of 2^-m within `most` rows.
    """
    probability = _probability(batch)
    rows = 1
    while rows <= most:
        counts = probability * rows
        if bool((counts - counts.round()).abs().max() < 1e-9):
            repeats = counts.round().to(torch.int64)
            columns = torch.repeat_interleave(torch.arange(len(repeats)), repeats)
            whole = caller(batch.select(columns)).vector
            if not _averages_its_halves(caller, batch, columns, whole):
                raise NoRoute("rollouts are coupled")
            return Expectation(vector=whole, route="dyadic batch")
        rows *= 2
    raise NoRoute("the probabilities are not dyadic")


def _averages_its_halves(caller: Caller, batch: Batch, columns: Tensor, whole: Tensor) -> bool:
    """Whether a batch is the mean of its halves: one full batch hides what coupling does."""
    half = len(columns) // 2
    parts = [caller(batch.select(part)).vector for part in (columns[:half], columns[half:])]
    mean = (half * parts[0] + (len(columns) - half) * parts[1]) / len(columns)
    return float((mean - whole).norm()) <= 4 * floor(batch, whole, caller.eps, caller.words)


def _multisets(probability: Tensor, size: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every multiset of rollouts with the probability of drawing it."""
    p = probability.tolist()
    for chosen in itertools.combinations_with_replacement(range(len(p)), size):
        ways = math.factorial(size)
        for count in {i: chosen.count(i) for i in chosen}.values():
            ways //= math.factorial(count)
        yield chosen, ways * math.prod(p[i] for i in chosen)


def _ordered(probability: Tensor, size: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every list of rollouts with its probability, for who answers by their order."""
    p = probability.tolist()
    for chosen in itertools.product(range(len(p)), repeat=size):
        yield chosen, math.prod(p[i] for i in chosen)


def _any_order(caller: Caller, batch: Batch, size: int) -> bool:
    """Whether the first and the last rollouts give the same in either order."""
    # Repeated where there are fewer rollouts than places.
    first = torch.arange(size - 1) % batch.rollout.N
    columns = torch.cat([first, torch.tensor([batch.rollout.N - 1])])
    one, other = (batch.select(order) for order in (columns, columns.flip(0)))
    found = caller(one).vector
    gap = float((found - caller(other).vector).norm())
    return gap <= 2 * floor(one, found, caller.eps, caller.words)


def _checked_columns(batch: Batch) -> Tensor:
    """Eight rollouts spread over the list, of unequal length where there are any."""
    n = batch.rollout.N
    spread = torch.linspace(0, n - 1, min(CHECKED_ROLLOUTS, n)).round().to(torch.int64)
    columns = spread.unique()
    lengths = batch.valid_steps
    shortest, longest = int(lengths.argmin()), int(lengths.argmax())
    return torch.cat([columns, torch.tensor([shortest, longest])]).unique()


def _tap_factor(caller: Caller, batch: Batch, singles: Tensor) -> int | None:
    """The self-check: 1 where a batch averages its rollouts, N where it sums them, else None.

    With random weights on the checked rollouts the tap's gradient of every parameter must be the
    weighted sum of the single calls.
    """
    n = batch.rollout.N
    generator = torch.Generator().manual_seed(7)
    weights = torch.rand(n, generator=generator, dtype=torch.float64) + 0.25
    due = (weights[:, None] * singles).sum(0)
    try:
        found = weighted_gradient(caller, batch, weights * n)
    except (TapLost, SubjectFailure):
        return None
    allowed = n * floor(batch, singles.abs().sum(0), caller.eps, caller.words)
    for factor in (1, n):
        if float((found / factor - due).norm()) <= allowed:
            return factor
    return None


def _is_additive(caller: Caller, batch: Batch, singles: Tensor) -> bool:
    """Whether a batch's gradient is the mean, or the sum, of its rollouts' own."""
    whole = caller(batch).vector
    allowed = batch.rollout.N * floor(batch, singles.abs().sum(0), caller.eps, caller.words)
    sums = singles.sum(0)
    return any(float((whole - s).norm()) <= allowed for s in (sums, sums / batch.rollout.N))


def _probability(batch: Batch) -> Tensor:
    assert batch.rollout.probability is not None, "an expectation needs every rollout's probability"
    return batch.rollout.probability.detach().cpu()
