"""The command line: what it hands on, what it prints, how it exits. Judging is faked here."""

import json
import os
import types

import pytest
import torch
from typer.testing import CliRunner

import rlcheck
from rlcheck import cli
from rlcheck.errors import InvalidArgument
from rlcheck.reports.json import from_json
from rlcheck.verdict import Outcome, Verdict
from tests.snapshots.verdicts import ALL


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "1"))
    yield
    torch.set_num_threads(1)


@pytest.fixture
def judged(monkeypatch):
    """Fakes `api.check`; holds what it was given."""
    seen = types.SimpleNamespace(verdict=ALL["consistent"], asked=None)

    def check(subject, **options):
        seen.asked = {"subject": subject, **options}
        return seen.verdict

    monkeypatch.setattr(rlcheck, "api", types.SimpleNamespace(check=check), raising=False)
    return seen


def run(*arguments):
    return CliRunner().invoke(cli.app, ["verify", "f.py:loss", "--claim", "ppo-clip", *arguments])


def test_defaults_are_handed_on(judged):
    assert run().exit_code == 0
    assert judged.asked == {
        "subject": "f.py:loss",
        "claim": "ppo-clip",
        "names": {},
        "agent": None,
        "settings": {},
        "layout": "TN",
        "arrays": "torch",
        "actions": "discrete",
        "device": "cpu",
        "seed": 0,
        "replay": None,
    }


def test_options_are_handed_on(judged):
    options = "--set clip_eps=0.1 --set gamma=1 --names adv=advantages --agent f.py:Agent --seed 7"
    options += " --layout flat --arrays numpy --actions both --device cuda --replay token"
    assert run(*options.split()).exit_code == 0
    assert judged.asked["settings"] == {"clip_eps": 0.1, "gamma": 1.0}
    assert judged.asked["names"] == {"adv": "advantages"}
    assert judged.asked["agent"] == "f.py:Agent"
    assert (judged.asked["layout"], judged.asked["arrays"]) == ("flat", "numpy")
    assert (judged.asked["actions"], judged.asked["device"]) == ("both", "cuda")
    assert (judged.asked["seed"], judged.asked["replay"]) == (7, "token")


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("strict", [False, True])
def test_exit_status_is_the_verdicts(judged, outcome, strict):
    judged.verdict = Verdict(subject="f", claim="gae", outcome=outcome, conventions=("x",))
    result = run(*["--strict"] * strict)
    assert result.exit_code == judged.verdict.exit_code(strict)
    assert result.stdout.startswith(str(outcome))


def test_json_on_stdout_is_json_and_nothing_else(judged):
    judged.verdict = ALL["biased"]
    result = run("--json", "-")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcome"] == "biased"


def test_json_in_a_file_comes_beside_the_report(judged, tmp_path):
    path = tmp_path / "verdict.json"
    assert run("--json", str(path)).stdout.startswith("consistent")
    assert from_json(path.read_text()) == judged.verdict


def test_a_page_in_a_file_comes_beside_the_report(judged, tmp_path):
    path = tmp_path / "report.html"
    assert run("--html", str(path)).stdout.startswith("consistent")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_on_stdout_is_the_page_and_nothing_else(judged):
    judged.verdict = ALL["biased"]
    result = run("--html", "-")
    assert result.exit_code == 1
    assert result.stdout.startswith("<!DOCTYPE html>")
    assert result.stdout.endswith("</html>\n")


def test_one_thread_unless_told_otherwise(judged):
    torch.set_num_threads(2)
    run()
    assert (torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]) == (1, "1")
    run("--threads", "2")
    assert (torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]) == (2, "2")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--set", "clip_eps"], "--set NAME=NUMBER"),
        (["--set", "clip_eps=small"], "'small' is not a number"),
        (["--names", "=advantages"], "--names THEIRS=OURS"),
        (["--json", "/no/such/folder/v.json"], "--json: there is no folder /no/such/folder"),
        (["--html", "/no/such/folder/v.html"], "--html: there is no folder /no/such/folder"),
        (["--json", "/"], "--json: it is a folder"),
        (["--html", "-", "--json", "-"], "JSON goes to stdout already"),
        (["--layout", "NT"], "'NT' is not one of"),
        (["--threads", "0"], "--threads"),
    ],
)
def test_wrong_use_is_one_message_and_exit_status_two(options, said, judged, monkeypatch, capsys):
    command = ["rlcheck", "verify", "f.py:loss", "--claim", "ppo-clip", *options]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert end.value.code == 2
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert judged.asked is None  # nobody waits for a verdict to hear it


def test_invalid_arguments_from_below_exit_with_two(judged, monkeypatch, capsys):
    def check(target, **_):
        raise InvalidArgument.of("target", target, "no such file", "a file that exists")

    monkeypatch.setattr(rlcheck.api, "check", check)
    monkeypatch.setattr("sys.argv", ["rlcheck", "verify", "no.py:f", "--claim", "gae"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("rlcheck: target: no such file\n")


def test_version():
    result = CliRunner().invoke(cli.app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"rlcheck {rlcheck.__version__}\n")


def test_claims_are_listed():
    from rlcheck.claims import CLAIMS

    result = CliRunner().invoke(cli.app, ["claims"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [c.id for c in CLAIMS]


def test_a_claim_may_be_left_out(judged):
    result = CliRunner().invoke(cli.app, ["verify", "stable-baselines3:ppo"])
    assert (result.exit_code, judged.asked["claim"]) == (0, None)
