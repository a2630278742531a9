"""Each library's loss or update against the formula of its claim, on the same batch."""

from typing import Any

import numpy as np
import pytest
import torch

from rlcheck.adapters import ADAPTERS
from rlcheck.adapters.entry import AdapterEntry
from rlcheck.subjects.binding import bind
from tests.unit.adapters.batches import (
    Batch,
    caught,
    formula,
    gradient,
    make_batch,
    relative_error,
    require_library,
)

# A step is no gradient: those of TRPO are held in `test_trust_region_findings`.
LOSSES = [
    name for name, row in ADAPTERS.items() if row.kind != "estimator" and row.claim != "trpo-step"
]
RIGHT = [name for name in LOSSES if ADAPTERS[name].expected == "consistent"]
KINDS = ("discrete", "continuous")
SETTINGS = frozenset({"clip_eps", "vf_coef", "ent_coef", "kl_coef"})


def found_by(entry: AdapterEntry, batch: Batch) -> dict[str, torch.Tensor]:
    subject = entry.load()
    words = {name: batch.words[word] for name, word in bind(subject).items()}
    if entry.kind == "update":
        return caught(lambda: subject(**words), batch.parameters)
    return gradient(subject(**words), batch.parameters)


def wanted_by(entry: AdapterEntry, batch: Batch) -> dict[str, torch.Tensor]:
    return gradient(formula(entry.claim, {**batch.words, **entry.settings}), batch.parameters)


@pytest.mark.parametrize("off_policy", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", RIGHT)
def test_the_gradient_is_the_formulas(name: str, kind: str, off_policy: bool) -> None:
    require_library(name)
    entry = ADAPTERS[name]
    for seed in range(3):
        batch = make_batch(kind=kind, off_policy=off_policy, seed=seed)
        error = relative_error(found_by(entry, batch), wanted_by(entry, batch))
        assert error < entry.precision


@pytest.mark.parametrize("name", RIGHT)
def test_a_shared_trunk_is_trained_once(name: str) -> None:
    require_library(name)
    batch = make_batch(kind="discrete", off_policy=True, shared=True)
    error = relative_error(found_by(ADAPTERS[name], batch), wanted_by(ADAPTERS[name], batch))
    assert error < ADAPTERS[name].precision


@pytest.mark.parametrize("name", RIGHT)
def test_each_setting_reaches_the_library(name: str) -> None:
    require_library(name)
    entry = ADAPTERS[name]
    for setting in SETTINGS.intersection(bind(entry.load()).values()):
        batch = make_batch(kind="discrete", off_policy=True, seed=1)
        before = found_by(entry, batch)
        batch.words[setting] = 0.05
        after = found_by(entry, batch)
        assert relative_error(after, before) > 1e-3
        assert relative_error(after, wanted_by(entry, batch)) < entry.precision


@pytest.mark.parametrize("name", RIGHT)
def test_coefficients_of_zero_leave_the_policy_term(name: str) -> None:
    require_library(name)
    entry = ADAPTERS[name]
    batch = make_batch(kind="continuous", off_policy=True)
    batch.words |= {"vf_coef": 0.0, "ent_coef": 0.0, "kl_coef": 0.0}
    assert relative_error(found_by(entry, batch), wanted_by(entry, batch)) < entry.precision


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_is_left_behind(name: str) -> None:
    """Two calls agree to the last bit; inputs, global random states and types stay."""
    require_library(name)
    batch = make_batch(kind="continuous", off_policy=True)
    before = _snapshot(batch)
    first = found_by(ADAPTERS[name], batch)
    np.random.random()  # noqa: NPY002 - the libraries' own stream, moved on between the calls
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)
    kept = _snapshot(batch)
    second = found_by(ADAPTERS[name], batch)
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert _same(before["arrays"], kept["arrays"])
    assert _same(kept, _snapshot(batch))
    assert torch.get_default_dtype() == torch.float32


def _snapshot(batch: Batch) -> dict[str, Any]:
    arrays = {k: v.clone() for k, v in batch.words.items() if isinstance(v, torch.Tensor)}
    arrays |= {k: v.detach().clone() for k, v in batch.parameters.items()}
    numpy_state = np.random.get_state()[1].tolist()  # noqa: NPY002 - as above
    return {"arrays": arrays, "torch": torch.get_rng_state(), "numpy": numpy_state}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
