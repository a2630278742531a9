"""The example project, as its own users would run it; .ci/run does that each time, on the wheel."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "examples" / "your_project"


def _module(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# `outside` is a script beside `plant`, which it imports by that name.
plant = _module("plant", ROOT / "examples" / "plant.py")
outside = _module("outside", ROOT / "examples" / "outside.py")
FAULTS = list(plant.FAULTS.values())
QUICK = FAULTS[0]


@pytest.mark.thorough
def test_its_own_tests_pass(tmp_path: Path) -> None:
    ran = outside.run(plant.copy_project(tmp_path / "project"), ROOT)
    assert ran.status == 0, ran.printed
    outcomes = {v["verdict"]["subject"]: v["verdict"]["outcome"] for v in ran.report["verdicts"]}
    assert outcomes["compute_gae"] == "consistent"
    assert {outcomes[name] for name in ("ppo_loss", "both", "whitened")} == {"convention"}


@pytest.mark.thorough
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_planted_fault_is_found_on_a_small_world(fault, tmp_path: Path) -> None:
    ran = outside.run_with(fault, tmp_path / "project", ROOT)
    assert list(outside.complaints(fault, ran)) == [], ran.printed


def test_there_are_five_faults_of_five_threads() -> None:
    assert len({fault.thread for fault in FAULTS}) == len(FAULTS) == 5


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_replaces_what_is_there(fault, tmp_path: Path) -> None:
    planted = (plant.plant(fault, tmp_path / "project") / "ppo.py").read_text(encoding="utf-8")
    ast.parse(planted)
    assert planted.replace(fault.wrong, fault.right) == (PROJECT / "ppo.py").read_text("utf-8")


def test_a_fault_whose_text_is_gone_is_refused(tmp_path: Path) -> None:
    gone = plant.Fault(**{**vars(QUICK), "right": "nowhere in the file"})
    with pytest.raises(ValueError, match="0 times"):
        plant.plant(gone, tmp_path / "project")


@pytest.mark.parametrize(
    ("status", "findings", "said"),
    [
        (0, {QUICK.found_by: {"n_states": 2}}, "ended with 0"),
        (1, {"repeatable": {"n_states": 2}}, "but repeatable"),
        (1, {QUICK.found_by: {"n_states": 3}}, "3 states"),
        (1, {QUICK.found_by: {"n_states": 1}, "repeatable": {"n_states": 3}}, None),
        (1, {}, "nothing"),
    ],
)
def test_a_fault_that_is_not_found_is_said(status, findings, said) -> None:
    report = {"verdicts": [{"findings": findings}]}
    told = list(outside.complaints(QUICK, outside.Ran(status=status, printed="", report=report)))
    assert (told == []) if said is None else any(said in line for line in told)


def test_the_source_tree_does_not_pass_for_a_wheel(tmp_path: Path) -> None:
    assert outside.where_it_is_from(tmp_path, ROOT).is_relative_to(ROOT / "rlcheck")
    assert outside.main(tmp_path) == 1


def test_the_file_knows_nothing_of_rlcheck_and_its_readme_is_short() -> None:
    assert "rlcheck" not in (PROJECT / "ppo.py").read_text(encoding="utf-8")
    assert len((PROJECT / "README.md").read_text(encoding="utf-8").splitlines()) <= 12


def test_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    ppo = _module("your_project_ppo", PROJECT / "ppo.py")
    monkeypatch.delitem(sys.modules, "your_project_ppo")
    before = ppo.main(["--total-timesteps", "512"])
    after = ppo.main(["--total-timesteps", "5120"])
    assert after > before
