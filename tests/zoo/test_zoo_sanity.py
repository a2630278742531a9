"""The zoo is right: every entry against a right form written by hand, without rlcheck."""

import inspect

import pytest
import torch
from torch import Tensor

from tests.power.enumerated import enumerated
from tests.power.handmade import (
    HandBatch,
    due_vector,
    form_for,
    found_vector,
    make_batch,
)
from tests.power.handmade_steps import due_of
from tests.power.right_forms import right_form
from tests.tiers import spread
from tests.zoo.entries import CONVENTIONS, REPORTED, REWRITES, UNBIASED, ZOO, ZooEntry


def _pair(entry: ZooEntry, batch: HandBatch) -> tuple[Tensor, Tensor]:
    layout = entry.kwargs.get("layout", "TN")
    if entry.claim == "trpo-step":
        due = due_of(set(inspect.signature(entry.subject).parameters), batch)
        return torch.cat(found_vector(entry.claim, entry.subject, batch, entry.kwargs)), due
    due = due_vector(entry.claim, right_form(entry.claim, batch, entry.conventions), batch, layout)
    found = found_vector(entry.claim, entry.subject, batch, entry.kwargs)
    return torch.cat(found), torch.cat(due[: len(found)])


def _values_of_the_critic(batch: HandBatch) -> None:
    # Who computes its own baseline does so with the very critic that the right form is given.
    with torch.no_grad():
        batch.arrays["values"] = batch.critic(batch.arrays["obs"])
        batch.arrays["next_values"] = batch.critic(batch.arrays["next_obs"])


@pytest.mark.parametrize(
    "entry", spread([e for e in ZOO if e.same_batch], quick=30), ids=lambda entry: entry.id
)
@pytest.mark.parametrize("moved", [0.0, 0.4])
def test_it_is_the_right_form_on_every_batch(entry: ZooEntry, moved: float) -> None:
    names = entry.kwargs.get("names", {})
    asked = {names.get(name, name) for name in inspect.signature(entry.subject).parameters}
    form = form_for(asked, entry.kwargs.get("layout", "TN"))
    continuous = entry.kwargs.get("actions") == "continuous"
    for seed in range(6):
        batch = make_batch(seed, form, moved=moved, continuous=continuous)
        if "value_fn" in asked:
            _values_of_the_critic(batch)
        found, due = _pair(entry, batch)
        tolerance = 1e-6 if entry.single_precision else 1e-12
        assert (found - due).norm() <= tolerance * due.norm().clamp(min=1e-3)


@pytest.mark.parametrize("entry", UNBIASED, ids=lambda entry: entry.id)
def test_it_has_the_right_expectation_and_is_another_estimator(entry: ZooEntry) -> None:
    moved = 0.4 if entry.claim == "importance-sampling" else 0.0
    total, differs = torch.zeros(()), False
    norm = torch.zeros(())
    for probability, batch in enumerated(1, moved=moved):
        found, due = _pair(entry, batch)
        differs |= bool((found - due).norm() > 1e-9 * due.norm())
        total, norm = total + probability * (found - due), norm + probability * due
    assert differs
    assert total.norm() < 1e-12 * norm.norm()


@pytest.mark.parametrize("entry", CONVENTIONS, ids=lambda entry: entry.id)
def test_a_convention_deviates(entry: ZooEntry) -> None:
    form = form_for(
        set(inspect.signature(entry.subject).parameters), entry.kwargs.get("layout", "TN")
    )
    gaps = []
    for seed in range(12):
        batch = make_batch(seed, form)
        found = torch.cat(found_vector(entry.claim, entry.subject, batch, entry.kwargs))
        due = torch.cat(due_vector(entry.claim, right_form(entry.claim, batch), batch))
        gaps.append(float((found - due).norm() / due.norm()))
    assert max(gaps) > 1e-3


def test_the_zoo_is_as_rich_as_promised() -> None:
    assert len({entry.thread for entry in REPORTED}) == len(REPORTED) >= 16
    assert len(REWRITES) >= 22
    assert len({entry.id for entry in ZOO}) == len(ZOO)
