"""A page for each algorithm: each printed step has its code beside it, and updates are judged."""

import re

import pytest

from tests.requirements import require

require("quickjs")

from rlcheck.site import verdicts as site_verdicts  # noqa: E402
from rlcheck.site.algorithm_pages import NAMES, algorithm_pages  # noqa: E402
from rlcheck.site.pictures import learning  # noqa: E402
from rlcheck.site.pseudo_code import StepWithoutCode, read  # noqa: E402
from rlcheck.site.verdicts import OwnUpdateFails, Told, judge, verdicts  # noqa: E402
from rlcheck.training import ALGORITHMS  # noqa: E402
from rlcheck.training.updates import UPDATES, Update  # noqa: E402

SOURCE = '''"""A walk.

To the left and to the right.

    go left                (1)
    as far
      as it goes           (2)
    go right               (3)

That is all.
"""


def walk(place):
    place = left(place)  # (1)
    return right(
        place
    )  # (3)


def far(place):
    """Step (2)."""
    return place
'''


def told(**changed):
    given = {"claim": "ppo-loss", "outcome": "consistent", "held": 3, "tried": 3, "largest": 0.01,
             "command": "rlcheck verify"}  # fmt: skip
    return Told(**{**given, **changed})


@pytest.fixture(scope="module")
def pages():
    said = {name: (told(),) for name in ALGORITHMS}
    return {page.path: page.text for page in algorithm_pages(said)}


def test_a_step_is_carried_by_the_statement_or_the_function_that_is_marked():
    found = read(SOURCE)
    assert found.title == "A walk."
    assert found.words == ("To the left and to the right.", "That is all.")
    assert [step.number for step in found.steps] == [1, 2, 3]
    first, second, third = (step.code for step in found.steps)
    assert [one.text for one in first] == ["place = left(place)  # (1)"]
    assert second[0].text.startswith("def far(place):")
    assert third[0].text == "return right(\n    place\n)  # (3)"
    lines = SOURCE.splitlines()
    for (one,) in (first, second, third):
        assert [line.strip() for line in lines[one.first - 1 : one.last]] == [
            line.strip() for line in one.text.splitlines()
        ]


@pytest.mark.parametrize("mark", ["  # (1)", '    """Step (2)."""\n', "  # (3)"])
def test_a_step_that_no_code_carries_is_an_error(mark):
    with pytest.raises(StepWithoutCode, match=r"\(\d\) (go|as)"):
        read(SOURCE.replace(mark, ""))


def test_every_algorithm_that_trains_has_a_page_with_all_of_its_steps(pages):
    assert NAMES.keys() == ALGORITHMS.keys()
    for name in ALGORITHMS:
        text = pages[f"algorithms/{name}.md"]
        numbers = [int(n) for n in re.findall(r'id="step-(\d+)"', text)]
        assert numbers == list(range(1, max(numbers) + 1))
        assert max(numbers) >= 2
        assert "**consistent**" in text
        assert "<svg" in text
        assert f"]({name}.md)" in pages["algorithms/index.md"]


def test_curves_are_recorded_for_every_algorithm():
    found = learning.recorded()
    assert found.keys() == ALGORITHMS.keys()
    for one in found.values():
        assert len(one.curves) >= 10
        assert all(len(curve) == len(one.steps) for curve in one.curves)


def test_an_update_is_judged_as_it_stands():
    [update] = [one for one in UPDATES if one.algorithm == "q-learning"]
    found = judge(update)
    assert (found.outcome, found.claim) == ("consistent", "q-learning")
    assert found.held == found.tried > 5
    assert found.largest < 1
    assert "rlcheck.training.updates:QLearningUpdate" in found.command


def test_a_fault_of_our_own_ends_the_building(tmp_path, monkeypatch):
    wrong = Update(algorithm="dqn", claim="double-dqn-loss", name="DQNUpdate", settings={})
    monkeypatch.setattr(site_verdicts, "_judge_all", lambda some: [told(outcome="biased")])
    with pytest.raises(OwnUpdateFails, match="biased: rlcheck verify"):
        verdicts(tmp_path, [wrong])


def test_verdicts_are_kept_until_a_file_changes(tmp_path, monkeypatch):
    [update] = [one for one in UPDATES if one.algorithm == "ppo"]
    calls = []

    def counted(some):
        calls.append(some)
        return [told() for _ in some]

    monkeypatch.setattr(site_verdicts, "_judge_all", counted)
    first = verdicts(tmp_path, [update])
    assert verdicts(tmp_path, [update]) == first == {"ppo": (told(),)}
    assert len(calls) == 1
    (tmp_path / "rlcheck").mkdir()
    (tmp_path / "rlcheck" / "new.py").write_text("")
    assert verdicts(tmp_path, [update]) == first
    assert len(calls) == 2
