import dataclasses

import pytest

from rlcheck.verdict import Outcome, Verdict


def verdict(outcome: Outcome) -> Verdict:
    return Verdict(subject="loss", claim="ppo-clip", outcome=outcome)


def test_outcomes_are_spelled_as_they_are_printed():
    assert [str(outcome) for outcome in Outcome] == [
        "consistent",
        "convention",
        "biased",
        "inconclusive",
        "not reproducible",
    ]


@pytest.mark.parametrize("outcome", Outcome)
def test_no_verdict_is_true_or_false(outcome):
    with pytest.raises(TypeError, match=r"neither true nor false") as caught:
        bool(verdict(outcome))
    assert "assert_consistent" in str(caught.value)
    assert str(outcome) in str(caught.value)


@pytest.mark.parametrize(
    ("outcome", "relaxed", "strict"),
    [
        (Outcome.CONSISTENT, 0, 0),
        (Outcome.CONVENTION, 0, 1),
        (Outcome.BIASED, 1, 1),
        (Outcome.NOT_REPRODUCIBLE, 1, 1),
        (Outcome.INCONCLUSIVE, 3, 3),
    ],
)
def test_exit_codes(outcome, relaxed, strict):
    assert verdict(outcome).exit_code() == relaxed
    assert verdict(outcome).exit_code(strict=True) == strict


def test_verdicts_are_frozen_and_need_three_fields():
    v = verdict(Outcome.BIASED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        v.outcome = Outcome.CONSISTENT  # type: ignore[misc]
    with pytest.raises(TypeError):
        Verdict(subject="loss", claim="gae")  # type: ignore[call-arg]


def test_to_dict_holds_plain_values_only():
    def plain(value):
        if isinstance(value, dict):
            return all(type(key) is str and plain(item) for key, item in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or type(value) in (str, int, float, bool)

    fields = verdict(Outcome.NOT_REPRODUCIBLE).to_dict()
    assert plain(fields)
    assert fields["outcome"] == "not reproducible"
    assert list(fields) == [field.name for field in dataclasses.fields(Verdict)]
