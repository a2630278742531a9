"""An examination tries what fits, says what it refused and why, and finds what is wrong."""

import pytest

from rlcheck.judges.examination import Examination, fails_on, measure_again
from rlcheck.judges.response import SubjectFailure
from rlcheck.losses import cpi
from tests.unit.judges import implementations as made
from tests.unit.judges import test_structural as planted


def examined(function, claim="cpi"):
    caller = made.caller_of(function, claim)
    found = Examination(claim=caller.claim, subject=caller.subject, caller=caller)
    found.run(found.cases())
    return found


def test_the_right_form_fails_nothing_and_reaches_every_judge():
    found = examined(cpi)
    assert not found.failing(binding=False)
    tried = {m.property_id for m in found.measurements}
    assert tried >= {
        "same-batch-on-policy", "same-batch-off-policy", "exact-on-policy", "exact-off-policy",
        "first-order-equality", "repeatable", "masked-slots-ignored", "splitting",
    }  # fmt: skip
    assert {m.route for m in found.measurements} >= {"tap", "every batch of 2"}


@pytest.mark.parametrize("function", [planted.negated, made.whitened, made.weight_decay])
def test_a_fault_fails_by_reference_and_in_expectation(function):
    failing = {m.property_id for m in examined(function).failing()}
    assert "same-batch-off-policy" in failing
    assert "exact-off-policy" in failing


def test_every_failure_fails_again_on_its_case():
    found = examined(planted.negated)
    for measured in found.failing()[:12]:
        again = measure_again(found, measured.property_id, measured.case)
        assert any(not m.holds for m in again)
        assert fails_on(found, measured.property_id, measured.case)


def test_a_subject_that_raises_is_a_failure_of_the_subject():
    def broken(policy, obs):
        raise RuntimeError("lost")

    with pytest.raises(SubjectFailure, match="it raised RuntimeError: lost"):
        examined(broken)


def test_an_expectation_decides_where_the_claim_is_one():
    found = examined(made.reinforce, "reinforce")
    assert not found.decides("same-batch-on-policy")
    assert found.decides("exact-on-policy")
    assert found.decides("repeatable")
