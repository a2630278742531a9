"""Evaluation plays with frozen statistics, and every episode in a copy of its own."""

import pytest
import torch

from rlcheck.algorithms.environments import make_environments
from rlcheck.algorithms.normalisers import Normalisers
from rlcheck.algorithms.ppo_recurrent import RecurrentPPO
from rlcheck.errors import InvalidArgument
from rlcheck.training import begun, evaluate
from rlcheck.training.players import ActorWithMemory
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


@pytest.mark.parametrize(
    ("algorithm", "changed"),
    [
        ("a2c", {"env": "Pendulum-v1", "bounds": "squashed", "steps": 64}),
        *((name, {"steps": 200}) for name in ("dqn", "ppo-recurrent", "q-learning")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_policy_is_played_as_it_was_kept(tmp_path, algorithm, changed):
    folder = whole(small(algorithm, **changed), tmp_path / "run")
    found = evaluate(folder, episodes=3)
    assert len(found) == 3
    assert evaluate(folder, episodes=3) == found


def test_a_memory_is_emptied_where_an_episode_begins():
    environments = make_environments("CartPole-v1", 2)
    player = ActorWithMemory(environments, RecurrentPPO(width=8))
    obs = environments.reset(0)
    never, always = torch.tensor([False, False]), torch.tensor([True, True])
    player.act(obs, always)
    fresh = player._state.clone()
    player.act(obs, never)
    assert not torch.equal(player._state, fresh)
    player.act(obs, torch.tensor([False, True]))
    assert torch.equal(player._state[:, 1], fresh[:, 1])
    assert not torch.equal(player._state[:, 0], fresh[:, 0])
