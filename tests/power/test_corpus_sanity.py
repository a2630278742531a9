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
from tests.power.handmade import (
    OUTPUT_CLAIMS,
    HandBatch,
    due_vector,
    form_for,
    found_vector,
    make_batch,
)
from tests.power.right_forms import CONVENTIONS, right_form

CLAIMS = (
    "reinforce reinforce-baseline actor-critic importance-sampling cpi ppo-clip ppo-penalty "
    "adaptive-kl value-loss entropy-bonus ppo-loss a2c-loss gae returns"
).split()
SEEDS = range(24)


@cache
def _batch(seed: int, form: str, continuous: bool) -> HandBatch:
    return make_batch(seed, form, continuous=continuous)


@cache
def _due(
    claim: str, seed: int, form: str, continuous: bool, layout: str, conventions: tuple[str, ...]
) -> Tensor:
    batch = _batch(seed, form, continuous)
    return torch.cat(due_vector(claim, right_form(claim, batch, conventions), batch, layout))


def _found(case: PowerCase, batch: HandBatch) -> Tensor:
    try:
        return torch.cat(found_vector(case.claim, case.function, batch, case.kwargs))
    except RuntimeError as error:  # nothing to differentiate: a gradient of zero
        assert "does not require grad" in str(error)
        return torch.zeros(sum(p.numel() for p in batch.parameters()), dtype=torch.float64)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_differs_from_the_right_form_under_every_convention(case: PowerCase) -> None:
    layout = case.kwargs.get("layout", "TN")
    form = form_for(set(inspect.signature(case.function).parameters), layout)
    continuous = case.kwargs.get("actions") == "continuous"
    found = [_found(case, _batch(seed, form, continuous)) for seed in SEEDS]
    sizes = range(1) if case.claim in OUTPUT_CLAIMS else range(3)
    for conventions in (c for size in sizes for c in combinations(CONVENTIONS, size)):
        due = (_due(case.claim, s, form, continuous, layout, conventions) for s in SEEDS)
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


def test_the_table_is_as_rich_as_promised() -> None:
    certain = [case for case in CASES if case.basis in CERTAIN]
    systematic = Counter(case.claim for case in CASES if case.source == "systematic")
    assert len(certain) >= 34
    assert all(systematic[claim] >= 3 for claim in CLAIMS)
    assert {case.claim for case in CASES} == set(CLAIMS)
    assert len({case.id for case in CASES}) == len(CASES)


def test_an_unaltered_expectation_is_argued() -> None:
    assert all(bool(case.why) is not case.alters_expectation for case in CASES)


def test_no_function_imports_rlcheck() -> None:
    for file in {case.file for case in CASES}:
        assert "rlcheck" not in file.read_text(encoding="utf-8").split('"""', 2)[2]
