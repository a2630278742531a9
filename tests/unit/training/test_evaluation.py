"""Evaluation plays with frozen statistics, and every episode in a copy of its own."""

import pytest
import torch

from rlcheck.algorithms.normalisers import Normalisers
from rlcheck.errors import InvalidArgument
from rlcheck.training import begun, evaluate
from tests.unit.training.running import small, whole


def test_it_is_the_same_each_time_and_another_with_another_seed(tmp_path):
    folder = whole(small("ppo"), tmp_path / "run")
    first = evaluate(folder, episodes=6)
    assert len(first) == 6
    assert evaluate(folder, episodes=6) == first
    assert evaluate(folder, episodes=6, seed=1) != first


def test_statistics_are_frozen(tmp_path, monkeypatch):
    folder = whole(small("ppo", normalize=("observations",)), tmp_path / "run")
    frozen, freeze = [], Normalisers.freeze

    def watched(self):
        freeze(self)
        frozen.append((self, {k: torch.as_tensor(v).clone() for k, v in self.state().items()}))

    monkeypatch.setattr(Normalisers, "freeze", watched)
    evaluate(folder, episodes=4)
    [(normalisers, before)] = frozen
    after = normalisers.state()
    assert all(torch.equal(torch.as_tensor(after[name]), before[name]) for name in before)
    assert float(before["observations.count"]) > 800

    monkeypatch.setattr(Normalisers, "freeze", lambda self: frozen.append((self, None)))
    evaluate(folder, episodes=4)
    assert frozen[-1][0].state()["observations.count"] > float(before["observations.count"])


def test_without_a_checkpoint_there_is_nothing_to_play(tmp_path):
    begun(small("ppo"), tmp_path / "run")
    with pytest.raises(InvalidArgument, match="it has no checkpoint yet"):
        evaluate(tmp_path / "run")
    with pytest.raises(InvalidArgument, match="there is no run in it"):
        evaluate(tmp_path)
