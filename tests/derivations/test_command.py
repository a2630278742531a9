"""`python -m derivations`, and what the package imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from derivations import __main__ as command
from derivations.catalogue import RESULTS, derivations
from derivations.errata import ERRATA
from derivations.language.check import check, check_induction
from derivations.language.label import Label
from derivations.language.statement import Induction
from tests.derivations.false_derivations import FALSE_DERIVATIONS
from tests.tiers import spread

ROOT = Path(__file__).parents[2]


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=True,
    ).stdout


def test_it_imports_sympy_and_no_torch_and_nothing_of_rlcheck():
    code = (
        "import sys, derivations.__main__; "
        "print({'sympy', 'torch', 'numpy', 'rlcheck'} & sys.modules.keys())"
    )
    assert run(code).strip() == "{'sympy'}"


def test_the_probe_above_sees_what_is_loaded():
    code = "import sys, derivations.__main__, numpy; print({'torch', 'numpy'} & sys.modules.keys())"
    assert run(code).strip() == "{'numpy'}"


def test_a_list_with_a_false_result_exits_with_one(monkeypatch, capsys):
    false = FALSE_DERIVATIONS[7].derivation
    right = next(result for result in RESULTS if result.name == "gae")
    monkeypatch.setattr(command, "CHAPTERS", (("chapter", (right, false)),))
    monkeypatch.setattr(command, "ERRATA", ERRATA[5:6])
    assert command.main() == 1
    printed = capsys.readouterr().out
    assert "REFUSED" in printed
    assert "proved in general" in printed


def test_a_list_of_right_results_exits_with_zero(monkeypatch, capsys):
    right = next(result for result in RESULTS if result.name == "gae")
    monkeypatch.setattr(command, "CHAPTERS", (("chapter", (right,)),))
    monkeypatch.setattr(command, "ERRATA", ERRATA[5:6])
    assert command.main() == 0
    assert "2 steps" in capsys.readouterr().out


def test_names_choose_what_is_checked(capsys):
    assert command.main(["gae", "gae-last-exponent"]) == 0
    printed = capsys.readouterr().out
    assert "2 steps" in printed
    assert "gae-last-exponent" in printed
    assert "importance" not in printed
    assert "open" not in printed


def test_an_unknown_name_is_wrong_use(capsys):
    assert command.main(["gea"]) == 2
    assert "gea" in capsys.readouterr().err


@pytest.mark.parametrize(
    "result", spread(RESULTS, quick=15), ids=lambda result: result.name
)  # `python -m derivations` holds every one
def test_every_result_holds(result):
    checked = check_induction(result) if isinstance(result, Induction) else check(result)
    assert checked.lines
    assert checked.label in Label
    assert all(line.proofs or line.route == "regions" for line in checked.lines)


def test_no_line_repeats_the_one_above():
    for derivation in derivations():
        for number in range(len(derivation.lines)):
            statement = derivation.statement(number)
            assert statement.left != statement.right
