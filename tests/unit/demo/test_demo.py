"""The demonstration: its rows as data, its exit status on made-up outcomes, and one run."""

import ast
import importlib
import inspect
import io
import os
import pickle
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from rlcheck.adapters import ADAPTERS
from rlcheck.claims import CLAIMS
from rlcheck.demo import lanes, rows
from rlcheck.demo.result import Result, exit_code
from rlcheck.demo.rows import EVERY_ADAPTER, FAULTS, LIBRARIES, NOT_BUGS, OWN, Row, rows_of
from rlcheck.demo.table import line, show_table
from rlcheck.subjects import make_subject
from rlcheck.verdict import Outcome, PropertyResult, Suspect, Verdict
from tests.tiers import spread

THREAD = re.compile(r"[\w.-]+/[\w.-]+#\d+")
PLANTED = (*FAULTS, *NOT_BUGS)


def result(row: Row, outcome: Outcome | None = None, **fields: object) -> Result:
    verdict = None
    if outcome is not None:
        verdict = Verdict(subject=row.subject, claim=row.claim, outcome=outcome, **fields)
    return Result(row=row, verdict=verdict)


def as_due() -> list[Result]:
    return [result(row, Outcome(row.expected)) for row in rows_of(every=False)]


def source(row: Row) -> str:
    module = importlib.import_module(row.target.partition(":")[0])
    return inspect.getsource(module)


# ---------------------------------------------------------------- the rows


def test_every_claim_has_its_right_form() -> None:
    assert {row.claim for row in OWN} == {claim.id for claim in CLAIMS}
    assert {row.expected for row in OWN} == {"consistent"}


def test_eight_faults_of_eight_classes_and_four_that_are_none() -> None:
    assert len(FAULTS) == 8
    assert len({row.component for row in FAULTS}) == 8
    assert {row.expected for row in FAULTS} == {"biased"}
    assert len(NOT_BUGS) == 4
    assert {row.expected for row in NOT_BUGS} == {"consistent", "convention"}


@pytest.mark.parametrize("row", PLANTED, ids=lambda row: row.subject)
def test_a_planted_one_names_its_thread_and_can_be_called(row: Row) -> None:
    module_name, _, name = row.target.partition(":")
    assert THREAD.fullmatch(row.subject)
    assert row.subject in ast.get_docstring(ast.parse(source(row)))
    function = getattr(importlib.import_module(module_name), name)
    subject = make_subject(function, layout=row.layout, arrays=row.arrays)
    assert subject.bound


@pytest.mark.parametrize("row", PLANTED, ids=lambda row: row.subject)
def test_a_planted_one_is_a_strangers_code(row: Row) -> None:
    imports = re.findall(r"^(?:import|from) (\w+)", source(row), flags=re.MULTILINE)
    assert set(imports) <= {"torch", "numpy"}


def test_the_libraries_are_those_promised() -> None:
    names = {row.subject for row in LIBRARIES}
    assert {"stable-baselines3:ppo", "stable-baselines3:a2c"} <= names
    losses = {n for n, e in ADAPTERS.items() if e.library == "torchrl" and e.kind == "loss"}
    assert losses <= names
    assert {row.subject for row in EVERY_ADAPTER} == set(ADAPTERS)


def test_one_report_is_shown_in_full() -> None:
    assert [row.section for row in rows_of(every=True) if row.shown] == ["fault"]


# ---------------------------------------------------------- the exit status


def test_zero_where_all_is_as_due() -> None:
    assert exit_code(as_due()) == 0


@pytest.mark.parametrize("index", range(len(rows_of(every=False))))
def test_one_wrong_outcome_is_enough(index: int) -> None:
    results = as_due()
    due = results[index].row.expected
    for other in Outcome:
        if other != due:
            results[index] = result(results[index].row, other)
            assert exit_code(results) == 1


def test_nothing_judged_is_not_a_success() -> None:
    assert exit_code([]) == 1


def test_a_process_that_died_is_not_a_success() -> None:
    results = as_due()
    results[0] = Result(row=results[0].row, problem="its process ended with status -9")
    assert results[0].outcome == "crashed"
    assert exit_code(results) == 1


def test_an_absent_library_is_skipped_unless_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "is_installed", lambda library: False)
    monkeypatch.setattr(lanes, "_run", lambda waiting: iter(()))
    monkeypatch.delenv("RLCHECK_REQUIRE", raising=False)
    skipped = list(lanes.judge_all(LIBRARIES))
    assert len(skipped) == len(LIBRARIES)
    assert {r.outcome for r in skipped} == {"absent"}
    assert exit_code(skipped) == 0
    assert "pip install 'rlcheck[sb3]'" in skipped[0].problem + skipped[-1].problem
    monkeypatch.setenv("RLCHECK_REQUIRE", "sb3, torchrl")
    assert exit_code(lanes.judge_all(LIBRARIES)) == 1


# ------------------------------------------------------- processes and table


def test_a_library_has_a_process_of_its_own() -> None:
    for bundle in lanes.bundles(rows_of(every=True)):
        assert len({row.library for row in bundle}) == 1
    together = [row for bundle in lanes.bundles(rows_of(every=True)) for row in bundle]
    assert sorted(together, key=str) == sorted(rows_of(every=True), key=str)


def test_rows_and_results_travel() -> None:
    for one in as_due():
        assert pickle.loads(pickle.dumps(one)) == one


def table(results: list[Result], *, terminal: bool) -> str:
    buffer = io.StringIO()
    show_table(Console(file=buffer, width=100, force_terminal=terminal), results, 12.0)
    return buffer.getvalue()


def test_the_table_tells_what_was_found() -> None:
    results = as_due()
    at = next(i for i, r in enumerate(results) if r.row.section == "fault")
    row = results[at].row
    suspect = Suspect(id="clip-without-min", error=0.0)
    results[at] = result(row, Outcome.BIASED, suspects=(suspect,))
    failed = PropertyResult(id="exact-on-policy", status="failed", error=0.25)
    results[at + 1] = result(results[at + 1].row, Outcome.BIASED, properties=(failed,))
    told = table(results, terminal=False)
    assert "clip-without-min" in told
    assert "exact-on-policy is off by 25 %" in told
    assert all(r.row.subject in told for r in results)
    assert "8 of 8 faults caught" in told
    assert "\x1b" not in told


def test_a_suspect_that_merely_comes_near_is_not_told() -> None:
    near = Suspect(id="outer-product", error=0.3)
    assert "outer-product" not in result(FAULTS[0], Outcome.BIASED, suspects=(near,)).found


def test_the_table_names_what_is_unexpected() -> None:
    results = as_due()
    results[3] = result(results[3].row, Outcome.BIASED)
    told = table(results, terminal=False)
    assert f"1 unexpected: {results[3].row.subject}" in told
    assert line(results[3]).plain.startswith("WRONG")


def test_the_table_fits_a_terminal_of_100_columns() -> None:
    lines = re.sub(r"\x1b\[[0-9;]*m", "", table(as_due(), terminal=True)).splitlines()
    assert max(len(text) for text in lines) <= 100


def test_importing_it_loads_no_torch() -> None:
    code = "import sys, rlcheck.demo; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("row", spread(FAULTS, quick=1), ids=lambda row: row.component)
def test_a_fault_is_caught(row: Row) -> None:
    from rlcheck.demo.work import judge

    verdict = judge(replace(row, shown=False)).verdict
    assert verdict is not None
    assert verdict.outcome == Outcome.BIASED
    assert verdict.error is None


@pytest.mark.parametrize("row", spread(NOT_BUGS, quick=1), ids=lambda row: row.subject)
def test_what_is_no_bug_passes(row: Row) -> None:
    from rlcheck.demo.work import judge

    assert judge(row).outcome == row.expected


@pytest.mark.thorough
@pytest.mark.parametrize("words", [[], ["--all"]], ids=["quick", "all"])
def test_the_whole_of_it(words: list[str]) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "rlcheck", "demo", *words],
        capture_output=True, text=True, env=environment, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every outcome is the expected one: 8 of 8 faults caught" in done.stdout
    assert rows.FAULTS[0].subject in done.stdout
