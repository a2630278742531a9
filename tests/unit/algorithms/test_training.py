"""What a run of training does: whole rollouts, one seed, a trust region that is kept, learning."""

from dataclasses import replace

import pytest
import torch

from rlcheck.algorithms import a2c, ppo, trpo
from rlcheck.algorithms.environments import make_environments
from rlcheck.algorithms.experience import collect, with_advantages
from rlcheck.algorithms.networks import make_networks
from rlcheck.errors import InvalidArgument

RUNS = {
    "ppo": (ppo, ppo.PPO(n_steps=16, epochs=2, minibatch=32)),
    "ppo-penalty": (ppo, ppo.PPO(n_steps=16, epochs=2, minibatch=32, surrogate="penalty")),
    "a2c": (a2c, a2c.A2C(n_steps=8)),
    "trpo": (trpo, trpo.TRPO(n_steps=16, critic_epochs=1)),
}


def last(name, env="CartPole-v1", steps=256, seed=0, count=4):
    module, settings = RUNS[name]
    runs = list(module.train(make_environments(env, count), settings, steps, seed))
    return runs, runs[-1][0]


@pytest.mark.parametrize("name", RUNS)
def test_one_seed_is_one_run(name):
    one, again, other = (last(name, seed=seed)[1].networks for seed in (0, 0, 1))
    flat = [torch.nn.utils.parameters_to_vector(n.parameters()) for n in (one, again, other)]
    assert torch.equal(flat[0], flat[1])
    assert not torch.equal(flat[0], flat[2])


@pytest.mark.parametrize("name", RUNS)
def test_steps_are_rounded_up_to_whole_rollouts(name):
    _, settings = RUNS[name]
    runs, _ = last(name, steps=settings.n_steps * 4 + 1)
    assert len(runs) == 2


@pytest.mark.parametrize("name", RUNS)
def test_it_acts_in_real_numbers_too(name):
    pytest.importorskip("gymnasium.envs.classic_control")
    _, learner = last(name, env="Pendulum-v1", steps=64)
    assert all(bool(torch.isfinite(p).all()) for p in learner.networks.parameters())


def test_advantages_stop_at_ends_and_bootstrap_what_was_cut():
    """By hand, from the recursion's definition, on a rollout with ends in it."""
    environments = make_environments("CartPole-v1", 3)
    networks = make_networks(4, environments.actions, 0)
    segment = collect(
        environments, networks, environments.reset(0), 60, torch.Generator().manual_seed(0)
    )
    assert bool(segment.terminated.any())
    assert not bool(segment.real.all())
    with torch.no_grad():
        values = networks.get_value(segment.obs).squeeze(-1)
        following = networks.get_value(segment.next_obs).squeeze(-1)
    due = torch.zeros_like(values)
    for n in range(3):
        running = 0.0
        for t in reversed(range(60)):
            if not bool(segment.real[t, n]):
                running = 0.0
                continue
            goes_on = 0.0 if bool(segment.terminated[t, n]) else 1.0
            cut = bool(segment.terminated[t, n] | segment.truncated[t, n])
            delta = segment.rewards[t, n] + 0.9 * goes_on * following[t, n] - values[t, n]
            running = delta + (0.0 if cut else 0.9 * 0.8 * running)
            due[t, n] = running
    found = with_advantages(segment, networks, 0.9, 0.8)
    assert torch.allclose(found.advantages, due[segment.real], atol=1e-5)
    assert torch.equal(found.returns, found.advantages + found.values_old)
    assert len(found) == int(segment.real.sum())


def test_a_trust_region_s_step_stays_in_it_or_is_not_taken():
    settings = trpo.TRPO(n_steps=64, critic_epochs=0, max_divergence=0.01)
    environments = make_environments("CartPole-v1", 4)
    networks = make_networks(4, environments.actions, 0)
    generator = torch.Generator().manual_seed(0)
    learner = trpo.Learner(networks=networks, settings=settings, generator=generator)
    segment = collect(environments, networks, environments.reset(0), 64, generator)
    experience = with_advantages(segment, networks, 0.99, 0.95)
    with torch.no_grad():
        described = networks.described(experience.obs)
    found = learner.update(experience)
    moved = float(networks.divergence(experience.obs, described).mean().detach())
    assert found.accepted
    assert moved == pytest.approx(found.divergence, rel=1e-4)
    assert 0.001 < moved <= 0.01

    before = torch.nn.utils.parameters_to_vector(networks.parameters()).clone()
    learner.settings = replace(settings, trials=1, max_divergence=1e-4)
    backwards = replace(experience, advantages=torch.zeros_like(experience.advantages))
    refused = learner.update(backwards)
    assert not refused.accepted
    assert torch.equal(before, torch.nn.utils.parameters_to_vector(networks.parameters()))


def test_the_penalty_follows_its_divergence():
    _, learner = last("ppo-penalty", steps=16 * 4 * 6)
    assert learner.kl_coef != 1.0


def test_an_update_ends_where_it_has_gone_far_enough():
    module, settings = RUNS["ppo"]
    environments = make_environments("CartPole-v1", 4)
    hasty = replace(settings, epochs=50, learning_rate=0.01, stop_at_kl=1e-3)
    learner, experience = next(iter(module.train(environments, hasty, 64)))
    assert learner.update(experience) < 50 * -(-len(experience) // 32)


@pytest.mark.parametrize(
    ("make", "options"),
    [(ppo.PPO, {"epochs": 0}), (ppo.PPO, {"surrogate": "clipp"}), (trpo.TRPO, {"trials": 0})],
)
def test_settings_that_are_none_are_refused(make, options):
    with pytest.raises(InvalidArgument):
        make(**options)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["ppo", "trpo"])
def test_it_balances_a_pole(name):
    """Mean return of random play is about 22; that of 30,000 steps of learning far above."""
    module, settings = {
        "ppo": (ppo, ppo.PPO(n_steps=32, epochs=10, learning_rate=1e-3, gae_lambda=0.8)),
        "trpo": (trpo, trpo.TRPO(n_steps=64)),
    }[name]
    *_, (learner, _) = module.train(make_environments("CartPole-v1", 8), settings, 30_000)
    environments = make_environments("CartPole-v1", 10, native=False)
    obs, total = environments.reset(100), torch.zeros(10)
    alive = torch.ones(10, dtype=torch.bool)
    with torch.no_grad():
        for _ in range(500):
            step = environments.step(learner.networks.actor(obs).argmax(-1))
            total += step.rewards * alive
            alive &= ~(step.terminated | step.truncated)
            obs = step.obs
    assert float(total.mean()) > 200
