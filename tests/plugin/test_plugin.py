"""The pytest plugin in a child pytest: what passes, what fails, what is printed and written."""

import json
from pathlib import Path

import pytest

from tests.plugin.child import run_pytest
from tests.snapshots.compare import compare

ONE = "test_wrong and exact-off-policy"


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """One run of all tests of the project, with both reports."""
    folder = tmp_path_factory.mktemp("project")
    ended = run_pytest(folder, "right_and_wrong", "--rlcheck-report=report.json")
    return ended, folder


def test_a_right_loss_passes_and_a_wrong_one_fails(everything):
    ended, _ = everything
    assert ended.status == 1
    failed = [line for line in ended.printed.splitlines() if line.startswith("FAILED")]
    assert not any("::test_right[" in line for line in failed)
    wrong = [line for line in failed if "::test_wrong[" in line]
    assert any("negative-advantage-above" in line for line in wrong)
    assert any("exact-off-policy" in line for line in wrong)


def test_an_expected_failure_that_passes_is_an_error(everything):
    ended, _ = everything
    assert ended.outcomes["xfailed"] == 1
    assert "[XPASS(strict)] it is, and this is an error" in ended.printed


def test_a_failure_says_what_was_promised_and_shows_the_smallest_world(everything):
    ended, _ = everything
    assert "wrong breaks a promise of ppo-clip, `negative-advantage-above`" in ended.printed
    assert "the gradient is right where A is negative and the ratio lies above 1 + eps" in (
        ended.printed
    )
    assert "Smallest world" in ended.printed
    assert 'rlcheck.check(wrong, claim="ppo-clip", replay="negative-advantage-above.' in (
        ended.printed
    )
    # Nothing of rlcheck's own code stands between the user's line and the report.
    assert "rlcheck/testing" not in ended.printed


def test_the_section_at_the_end(everything):
    ended, _ = everything
    compare("plugin.txt", "\n".join(_short(ended.section)) + "\n")


def test_the_report_in_json(everything):
    _, folder = everything
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["profile"] == "ci"
    by_name = {one["verdict"]["subject"]: one for one in report["verdicts"]}
    assert by_name["right"]["verdict"]["outcome"] == "consistent"
    assert by_name["right"]["findings"] == {}
    assert by_name["wrong"]["verdict"]["outcome"] == "biased"
    smallest = min(f["n_states"] for f in by_name["wrong"]["findings"].values() if f["n_states"])
    assert smallest <= 2


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.thorough)])
def test_workers_judge_the_same_and_report_once(tmp_path, workers):
    ended = run_pytest(
        tmp_path, "right_and_wrong", "test_right_and_wrong.py::test_right", f"-n{workers}",
        "--rlcheck-report=page.html", "--rlcheck-profile=dev", "--rlcheck-seed=5",
    )  # fmt: skip
    assert ended.status == 0, ended.printed
    heads = [line for line in ended.section if "right against ppo-clip" in line]
    assert len(heads) == 1
    assert any("worlds of seed 5" in line for line in ended.section)
    assert "<html" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.thorough
def test_one_property_by_name(tmp_path):
    ended = run_pytest(tmp_path, "right_and_wrong", "-k", ONE)
    assert ended.outcomes["failed"] == 1
    assert "passed" not in ended.outcomes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--rlcheck-report=report.pdf"], "pass a FILE.json or a FILE.html"),
     (["--rlcheck-report=nowhere/report.json"], "there is no folder nowhere"),
     (["--rlcheck-profile=fast"], "one of ci, dev, thorough")],
)  # fmt: skip
def test_wrong_use_ends_before_anything_is_judged(tmp_path, arguments, said):
    ended = run_pytest(tmp_path, "right_and_wrong", *arguments)
    assert ended.status == pytest.ExitCode.USAGE_ERROR
    assert said in ended.printed


def test_a_report_is_kept_where_tests_are_only_listed(tmp_path):
    (tmp_path / "report.json").write_text("of an earlier run", encoding="utf-8")
    ended = run_pytest(
        tmp_path, "right_and_wrong", "--collect-only", "--rlcheck-report=report.json"
    )
    assert ended.status == 0
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == "of an earlier run"


def test_a_run_without_checks_says_nothing(tmp_path):
    (tmp_path / "test_other.py").write_text("def test_it():\n    pass\n", encoding="utf-8")
    ended = run_pytest(tmp_path, "right_and_wrong", "test_other.py")
    assert ended.status == 0
    assert ended.section == []


def _short(lines: list[str]) -> list[str]:
    """Without what depends on how far shrinking got: the size of the world, the replay token."""
    return [line.split("eNp")[0] for line in lines if "smallest world:" not in line]


def test_the_plugin_imports_nothing_heavy():
    source = (Path(__file__).parents[2] / "_rlcheck_pytest.py").read_text(encoding="utf-8")
    top = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert top == [
        "import json", "import os", "import random", "import sys", "from pathlib import Path",
        "from typing import Any", "import pytest",
    ]  # fmt: skip
