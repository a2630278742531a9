"""A run that diverges stops, keeps its last good checkpoint, and says what went first."""

import pytest
import torch

from rlcheck.algorithms import a2c, ppo
from rlcheck.training import Diverged, begun, taken_up, train
from tests.unit.training.running import checkpoint, small


def diverging(monkeypatch, module, at, spoil):
    """From its so-manieth update on something is spoilt before it."""
    update, count = module.Learner.update, iter(range(10**6))

    def spoilt(self, experience):
        if next(count) >= at:
            spoil(self, experience)
        return update(self, experience)

    monkeypatch.setattr(module.Learner, "update", spoilt)


def nan_in_a_weight(learner, experience):
    with torch.no_grad():
        next(learner.networks.critic.parameters())[0, 0] = float("nan")


def huge_returns(learner, experience):
    experience.returns.mul_(1e38)


def test_the_last_good_checkpoint_is_kept(tmp_path, monkeypatch):
    asked = small("a2c", settings={"n_steps": "8"})
    diverging(monkeypatch, a2c, 17, nan_in_a_weight)
    begun(asked, tmp_path / "run")
    with pytest.raises(Diverged, match=r"^loss is no number any more, .* of 512 steps is kept$"):
        train(asked, tmp_path / "run", None)
    kept = checkpoint(tmp_path / "run")
    assert kept.steps == 512
    floats = [v for v in kept.parts[0].values() if torch.is_tensor(v) and v.is_floating_point()]
    assert all(bool(v.isfinite().all()) for v in floats)
    monkeypatch.undo()
    train(asked, tmp_path / "run", taken_up(asked, tmp_path / "run"))


def test_what_went_first_is_named(tmp_path, monkeypatch):
    asked = small("ppo")
    diverging(monkeypatch, ppo, 0, huge_returns)
    begun(asked, tmp_path / "run")
    with pytest.raises(Diverged, match=r"^loss is no number any more, .*; none was kept$"):
        train(asked, tmp_path / "run", None)


def test_a_moment_that_is_no_number_is_found_where_no_loss_is(tmp_path, monkeypatch):
    def nan_in_a_moment(learner, experience):
        for kept in learner.optimizer.state.values():
            kept["square_avg"].fill_(float("inf"))

    asked = small("a2c", settings={"n_steps": "8"})
    diverging(monkeypatch, a2c, 1, nan_in_a_moment)
    begun(asked, tmp_path / "run")
    with pytest.raises(Diverged, match=r"^optimizer\.0\.square_avg is no number"):
        train(asked, tmp_path / "run", None)


def test_an_environment_that_chokes_on_the_learner_s_nan_is_not_blamed(tmp_path, monkeypatch):
    """Normal actions of a policy that is no number make observations that are none."""

    def nan_in_the_actor(learner, experience):
        with torch.no_grad():
            learner.networks.actor_logstd.fill_(float("nan"))

    asked = small("a2c", env="Pendulum-v1", settings={"n_steps": "8"}, log_every=10_000)
    diverging(monkeypatch, a2c, 3, nan_in_the_actor)
    begun(asked, tmp_path / "run")
    with pytest.raises(Diverged, match=r"^loss is no number"):
        train(asked, tmp_path / "run", None)
