"""The planted faults are faults: held against right forms written by hand, without rlcheck."""

import inspect
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations

import pytest
import torch
from torch import Tensor

from tests.power.cases import CASES, CERTAIN, PowerCase
from tests.power.enumerated import enumerated
from tests.power.handmade import (
    OUTPUT_CLAIMS,
    HandBatch,
    due_vector,
    form_for,
    found_vector,
    make_batch,
)
from tests.power.handmade_steps import due_of
from tests.power.right_forms import CONVENTIONS, OF_ACTION_VALUES, right_form
from tests.tiers import spread

CLAIMS = {
    *("reinforce", "reinforce-baseline", "actor-critic", "importance-sampling", "cpi"),
    *("ppo-clip", "ppo-penalty", "adaptive-kl", "value-loss", "entropy-bonus"),
    *("ppo-loss", "ppo-recurrent", "a2c-loss", "gae", "returns", "trpo-step", "td-target"),
    *("q-learning", "dqn-loss", "double-dqn-loss"),
}
ACTION_VALUES = {"q-learning", "dqn-loss", "double-dqn-loss"}
SEEDS = range(24)
ON_POLICY = {"reinforce", "reinforce-baseline", "actor-critic", "a2c-loss", "entropy-bonus"}


@cache
def _batch(seed: int, form: str, continuous: bool) -> HandBatch:
    return make_batch(seed, form, continuous=continuous)


@cache
def _due(
    claim: str,
    seed: int,
    form: str,
    continuous: bool,
    layout: str,
    conventions: tuple[str, ...],
    words: frozenset[str] = frozenset(),
) -> Tensor:
    batch = _batch(seed, form, continuous)
    if claim == "trpo-step":
        return due_of(set(words), batch)
    return torch.cat(due_vector(claim, right_form(claim, batch, conventions), batch, layout))


def _found(case: PowerCase, batch: HandBatch) -> Tensor:
    try:
        return torch.cat(found_vector(case.claim, case.function, batch, case.kwargs))
    except RuntimeError as error:
        if "does not require grad" not in str(error):
            raise
        # Nothing to differentiate is a gradient of zero.
        return torch.zeros(sum(p.numel() for p in batch.parameters()), dtype=torch.float64)


@pytest.mark.parametrize("case", spread(CASES, quick=30), ids=lambda case: case.id)
def test_it_differs_from_the_right_form_under_every_convention(case: PowerCase) -> None:
    layout = case.kwargs.get("layout", "TN")
    form = form_for(set(inspect.signature(case.function).parameters), layout)
    continuous = case.kwargs.get("actions") == "continuous"
    found = [_found(case, _batch(seed, form, continuous)) for seed in SEEDS]
    # What is due of a step depends on which part of it a function performs.
    step = case.claim == "trpo-step"
    words = frozenset(inspect.signature(case.function).parameters if step else ())
    sizes = range(1) if case.claim in OUTPUT_CLAIMS else range(3)
    known = OF_ACTION_VALUES if case.claim in ACTION_VALUES else CONVENTIONS
    for conventions in (c for size in sizes for c in combinations(known, size)):
        due = (_due(case.claim, s, form, continuous, layout, conventions, words) for s in SEEDS)
        assert _unexplained(found, due, scaled=case.claim not in OUTPUT_CLAIMS), conventions


def _unexplained(found: list[Tensor], due: Iterator[Tensor], scaled: bool) -> bool:
    """Whether no one positive factor makes the two agree on all batches."""
    factor = None if scaled else 1.0
    plain_differs, scaled_differs = False, not scaled
    for got, right in zip(found, due, strict=True):
        right = right[: len(got)]
        if factor is None:
            factor = float((got @ right) / (right @ right))
            scaled_differs = factor < 1e-6
        norm = right.norm().clamp(min=1e-30)
        plain_differs |= bool((got[: len(right)] - right).norm() > 1e-9 * norm)
        scaled_differs |= bool((got[: len(right)] - factor * right).norm() > 1e-9 * norm)
        if plain_differs and scaled_differs:
            return True
    return False


def _expected(case: PowerCase, seed: int) -> tuple[Tensor, Tensor]:
    """The expected gradient, found and due, over every episode of a small problem."""
    # Ratios close to one fall often into the narrow bands between two clip ranges.
    moved = 0.0 if case.claim in ON_POLICY else 0.15
    found = due = torch.zeros(())
    for probability, batch in enumerated(seed, moved=moved):
        found = found + probability * _found(case, batch)
        right = right_form(case.claim, batch)
        due = due + probability * torch.cat(due_vector(case.claim, right, batch))
    return found, due


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.alters_expectation], ids=lambda case: case.id
)
def test_an_unaltered_expectation_is_unaltered(case: PowerCase) -> None:
    found, due = _expected(case, 1)
    assert (found - due).norm() < 1e-12 * due.norm()


# Where the arguments allow no more than whole episodes of one length, one episode at a time is a
# fair batch, and the expectation is a plain sum.
_SIMPLE = [
    case
    for case in CASES
    if case.alters_expectation
    and case.claim not in OUTPUT_CLAIMS
    and not case.kwargs
    and form_for(set(inspect.signature(case.function).parameters), "TN") == "whole"
]


@pytest.mark.parametrize("case", spread(_SIMPLE, quick=15), ids=lambda case: case.id)
def test_an_altered_expectation_is_altered(case: PowerCase) -> None:
    pairs = (_expected(case, seed) for seed in range(1, 25))
    assert any((found - due).norm() > 1e-9 * due.norm() for found, due in pairs)


def test_the_table_is_as_rich_as_promised() -> None:
    certain = [case for case in CASES if case.basis in CERTAIN]
    systematic = Counter(case.claim for case in CASES if case.source == "systematic")
    assert len(certain) >= 34
    assert all(systematic[claim] >= 3 for claim in CLAIMS)
    assert {case.claim for case in CASES} == CLAIMS
    assert len({case.id for case in CASES}) == len(CASES)


def test_an_unaltered_expectation_is_argued() -> None:
    assert all(bool(case.why) is not case.alters_expectation for case in CASES)


def test_no_function_imports_rlcheck() -> None:
    for file in {case.file for case in CASES}:
        assert "rlcheck" not in file.read_text(encoding="utf-8").split('"""', 2)[2]
