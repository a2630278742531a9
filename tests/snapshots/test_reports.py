"""The printed reports, word for word.

After a wanted change, write them anew and read the difference:
`RLCHECK_SNAPSHOTS=write pytest tests/snapshots`.
"""

import io

import pytest
from rich.console import Console

from rlcheck.reports.terminal import plain_text, render
from rlcheck.verdict import Outcome
from tests.snapshots.compare import compare
from tests.snapshots.verdicts import ALL


def on_terminal(verdict, width=100):
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, force_terminal=True, color_system="truecolor")
    render(verdict, console)
    return buffer.getvalue()


def in_ci(verdict):
    buffer = io.StringIO()
    render(verdict, Console(file=buffer, width=80, force_terminal=False))
    return buffer.getvalue()


@pytest.mark.parametrize("name", ALL)
def test_plain_lines(name):
    compare(f"{name}.txt", in_ci(ALL[name]))


@pytest.mark.parametrize("name", ALL)
def test_on_a_terminal(name):
    compare(f"{name}.ansi", on_terminal(ALL[name]))


def test_every_outcome_has_a_snapshot():
    assert {verdict.outcome for verdict in ALL.values()} == set(Outcome)


@pytest.mark.parametrize("name", ALL)
def test_plain_lines_have_no_escapes_boxes_or_trailing_blanks(name):
    printed = in_ci(ALL[name])
    assert "\x1b" not in printed
    assert "─" not in printed
    assert all(line == line.rstrip() for line in printed.splitlines())
    assert printed == plain_text(ALL[name]) + "\n"


def test_a_failing_report_says_all_that_is_needed():
    printed = in_ci(ALL["biased"])
    finding = ALL["biased"].finding
    for needed in (
        finding.coordinate,
        "-0.125",
        "0.0481237",
        "max-for-min",
        "https://example.org/thread/2",
        f"rlcheck verify my_ppo.py:loss --claim ppo-clip --replay {finding.replay}",
        "loss: 0.3 [bold]",
        "sum-for-mean",
    ):
        assert needed in printed, needed


def test_a_long_line_is_not_broken_in_a_log():
    sentence = "word " * 60
    verdict = ALL["raised"].__class__(
        subject="f", claim="gae", outcome=Outcome.BIASED, error=sentence.strip()
    )
    assert sentence.strip() in in_ci(verdict)
