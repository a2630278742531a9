"""What `python -m rlcheck.bridge` prints, and what it exits with."""

import json

from rlcheck import estimators
from rlcheck.bridge.__main__ import main
from rlcheck.bridge.figures import figures


def test_a_result_that_holds(capsys):
    assert main(["gae", "importance-sampling"]) == 0
    printed = capsys.readouterr().out
    assert "estimators.gae" in printed
    assert "Monte Carlo" in printed
    assert "all hold" in printed


def test_a_result_whose_code_is_wrong(capsys, monkeypatch):
    right = estimators.gae
    monkeypatch.setattr(estimators, "gae", lambda *args: right(*args[:-1], 1.0))
    assert main(["gae"]) == 1
    assert "FAILS" in capsys.readouterr().out


def test_a_name_that_no_result_has(capsys):
    assert main(["no-such-result"]) == 2
    assert "no-such-result" in capsys.readouterr().out


def test_figures_are_plain_data():
    (one,) = figures(["importance-sampling"], cases=1, draws=100)
    data = json.loads(json.dumps(one.as_data()))
    assert data["agrees"] is True
    assert data["held"][1]["code"] == ["rlcheck.estimators.per_step_weights"]
    assert data["estimated"][0]["deviation"]["draws"] == 100
