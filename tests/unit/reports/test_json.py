import json
import math

import pytest

from rlcheck.errors import InvalidArgument
from rlcheck.reports.json import from_json, to_json
from rlcheck.verdict import Finding, Outcome, PropertyResult, Verdict
from tests.snapshots.verdicts import ALL


@pytest.mark.parametrize("name", ALL)
def test_what_is_written_is_read_back(name):
    assert from_json(to_json(ALL[name])) == ALL[name]


def test_outcomes_are_written_as_they_are_printed():
    assert json.loads(to_json(ALL["not-reproducible"]))["outcome"] == "not reproducible"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_lacks(value):
    verdict = Verdict(
        subject="f",
        claim="gae",
        outcome=Outcome.BIASED,
        properties=(PropertyResult(id="gradient", error=value),),
        finding=Finding(property="gradient", found=value, where=((0, 0, None, value),)),
    )
    text = to_json(verdict)
    json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    back = from_json(text)
    found = (back.properties[0].error, back.finding.found, back.finding.where[0][3])
    assert all(math.isnan(x) if math.isnan(value) else x == value for x in found)


def test_a_name_that_looks_like_a_number_stays_a_name():
    verdict = Verdict(subject="NaN", claim="gae", outcome=Outcome.BIASED, notes=("Infinity",))
    assert from_json(to_json(verdict)) == verdict


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"subject": "f"}', "nonsense"])
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidArgument, match="is not a verdict"):
        from_json(text)
