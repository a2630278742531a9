"""A convention explains a failure where it gives the same answers, batch by batch."""

from dataclasses import replace

import pytest
import torch

import rlcheck
from rlcheck.claims import find_claim
from rlcheck.demo import live
from rlcheck.judges.callers import RowCaller
from rlcheck.judges.expectation import expected_over_batches
from rlcheck.judges.explanation import agree_on_every_batch
from rlcheck.judges.floors import EPS32, EPS64
from rlcheck.judges.worlds import SMALL
from tests.unit.judges import implementations as made

ASKS = frozenset({"logp", "logp_old", "advantages"})


def whitened(dtype=torch.float64, ddof=1, spoilt=0.0):
    """A surrogate of whitened advantages; may be spoilt on batches of equal credit alone."""

    def loss(logp, logp_old, advantages):
        credit, ratio = advantages.to(dtype), (logp - logp_old).to(dtype).exp()
        # Summed in another order than the mean of a row of stages is.
        mean = credit.T.flatten().cumsum(0)[-1] / credit.numel()
        scale = ((credit - mean) ** 2).sum().div(credit.numel() - ddof).sqrt() + 1e-8
        equal = credit.max() - credit.min() < 1e-6
        return -(ratio * (credit - mean) / scale).mean() - spoilt * equal * ratio.mean()

    return loss


def listed():
    """Every rollout of a small world; all steps of the first are credited with 0.1."""
    batch = made.case_of(size=SMALL).listed
    advantages = batch.advantages.clone()
    advantages[:, 0] = 0.1
    return replace(batch, advantages=advantages)


def explained(function, eps=EPS64, size=3, batch=None):
    batch = batch or listed()
    caller = replace(made.caller_of(function), eps=eps)
    claim = find_claim("cpi")
    stage = claim.stage("normalisation")["whiten-ddof1"]
    row = RowCaller(claim=claim, picks={**claim.right, "normalisation": stage}, asks=ASKS)
    found, due = (expected_over_batches(one, batch, size).batches for one in (caller, row))
    return agree_on_every_batch(batch, found, due, caller, row)


def test_the_same_answers_explain():
    assert explained(whitened())


def test_in_float32_what_whitening_leaves_of_equal_credit_decides_nothing():
    assert explained(whitened(torch.float32), EPS32)
    # Nothing is known of that batch, and no floor was widened for the others.
    assert explained(whitened(torch.float32, spoilt=0.1), EPS32)


@pytest.mark.parametrize("ddof", [0, 2])
@pytest.mark.parametrize(("dtype", "eps"), [(torch.float64, EPS64), (torch.float32, EPS32)])
def test_another_deviation_is_not_explained(dtype, eps, ddof):
    assert not explained(whitened(dtype, ddof), eps)


def test_in_float64_equal_credit_decides():
    assert not explained(whitened(spoilt=1e-4))


def test_where_no_batch_decides_nothing_is_explained():
    batch = listed()
    equal = replace(batch, advantages=torch.full_like(batch.advantages, 0.1))
    assert not explained(whitened(torch.float32, spoilt=0.1), EPS32, batch=equal)


@pytest.mark.thorough
def test_a_live_object_that_whitens_in_float32_is_a_convention():
    verdict = rlcheck.check(live.sb3_ppo(), shrink=False)
    assert (verdict.outcome, verdict.conventions) == ("convention", ("whiten-ddof1",))
