"""Recurrent PPO: what is remembered, where it is emptied, and what only a memory can do."""

import itertools
from dataclasses import replace

import pytest
import torch
from gymnasium.vector import AutoresetMode

from rlcheck import exact
from rlcheck.algorithms import ppo, ppo_recurrent
from rlcheck.algorithms.environments import Actions, make_environments
from rlcheck.algorithms.ppo_recurrent import Learner, RecurrentPPO
from rlcheck.algorithms.recurrent_networks import make_recurrent_networks
from rlcheck.errors import InvalidArgument
from tests.unit.algorithms.recall import environments, recall

DISCRETE = Actions(kind="discrete", size=3)
MODES = (AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP)
T, N = 7, 4


def a_segment(seed=0):
    generator = torch.Generator().manual_seed(seed)
    networks = make_recurrent_networks(3, DISCRETE, seed, width=5).double()
    obs = torch.randn(T, N, 3, generator=generator, dtype=torch.float64)
    actions = torch.randint(3, (T, N), generator=generator)
    starts = torch.rand(T, N, generator=generator) < 0.3
    starts[2, 1], starts[0, 0], starts[0, 1] = True, True, False
    state = torch.randn(1, N, 5, generator=generator, dtype=torch.float64)
    return networks, obs, actions, starts, state


def step_by_step(networks, obs, starts, state):
    """From the definition: one observation at a time, the state emptied by hand before it."""
    rows = []
    for here, begins in zip(obs, starts, strict=True):
        state = state.clone()
        state[:, begins] = 0.0
        seen = torch.tanh(networks.memory.encoder(here))
        found, state = networks.memory.gru(seen[None], state)
        rows.append(found[0])
    return torch.stack(rows), state


def test_a_segment_is_its_steps():
    networks, obs, _, starts, state = a_segment()
    found, last = networks.memory(obs, state, starts)
    due, last_due = step_by_step(networks, obs, starts, state)
    # Sums of five products may be added up in another order where a stretch is one call.
    assert torch.allclose(found, due, rtol=0, atol=16 * torch.finfo(torch.float64).eps)
    assert torch.allclose(last, last_due, rtol=0, atol=16 * torch.finfo(torch.float64).eps)


def test_a_segment_is_its_steps_bit_for_bit_where_the_calls_are_the_same():
    networks, obs, actions, starts, state = a_segment()
    starts[:, 0] = True  # every row begins an episode somewhere: every stretch is one row
    found = networks.evaluate(obs, actions, state, starts)
    here = state
    for t in range(T):
        row = networks.evaluate(obs[t : t + 1], actions[t : t + 1], here, starts[t : t + 1])
        _, here = networks.act(obs[t], here, starts[t], torch.zeros(N, 3))
        for name in ("logp", "entropy", "values"):
            assert torch.equal(getattr(row, name)[0], getattr(found, name)[t])


def test_nothing_crosses_the_beginning_of_an_episode():
    networks, obs, _, starts, state = a_segment()
    starts[:, 1] = torch.arange(T) == 2
    obs.requires_grad_(True)
    state.requires_grad_(True)
    after, _ = networks.memory(obs, state, starts)
    by_obs, by_state = torch.autograd.grad(after[2:, 1].sum(), [obs, state], retain_graph=True)
    assert torch.equal(by_obs[:2, 1], torch.zeros(2, 3, dtype=torch.float64))
    assert torch.equal(by_state[:, 1], torch.zeros(1, 5, dtype=torch.float64))
    before, _ = torch.autograd.grad(after[1, 1].sum(), [obs, state], retain_graph=True)
    assert bool((before[0, 1] != 0).any())
    later = torch.autograd.grad(after[6, 1].sum(), obs)[0]
    assert bool((later[2, 1] != 0).any())


def test_an_infinite_state_is_forgotten_too():
    networks, obs, _, starts, state = a_segment()
    state[:, 0] = float("inf")
    starts[0, 0] = True
    assert bool(torch.isfinite(networks.memory(obs, state, starts)[0][:, 0]).all())


def test_a_successor_is_one_observation_more():
    networks, obs, _, _, state = a_segment()
    never = torch.zeros(T, N, dtype=torch.bool)
    found, _ = networks.memory(obs, state, never)
    assert torch.allclose(networks.memory.after(obs[1:], found[:-1]), found[1:], atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_the_state_is_emptied_before_the_step_that_begins(mode):
    """By hand: a column's history is replayed from the last observation of a reset."""
    world = recall()
    learner = Learner(
        networks=make_recurrent_networks(4, Actions(kind="discrete", size=2), 0, width=6),
        settings=RecurrentPPO(n_steps=5),
        generator=torch.Generator().manual_seed(0),
    )
    outside = environments(3, mode, world)
    learner.begin(outside.reset(0))
    segments = [learner.collect(outside) for _ in range(4)]
    obs = torch.cat([s.obs for s in segments])
    real = torch.cat([s.real for s in segments])
    logp = torch.cat([s.logp_old for s in segments])
    actions = torch.cat([s.actions for s in segments])
    assert bool(real.all()) == (mode == AutoresetMode.SAME_STEP)
    for n in range(3):
        history = []
        for t in range(len(obs)):
            if bool(obs[t, n, :2].any()):  # a cue is the first that an episode shows
                history = []
            history.append(obs[t, n])
            if not bool(real[t, n]):
                continue
            states = networks_after(learner.networks, history)
            due = learner.networks.heads.evaluate(states, actions[t, n]).logp
            assert torch.allclose(logp[t, n], due, atol=1e-5)


def networks_after(networks, history):
    state = networks.initial_state(1)
    for one in history:
        state = networks.memory.gru(torch.tanh(networks.memory.encoder(one[None, None])), state)[1]
    return state[0, 0]


def test_a_truncated_step_is_worth_what_its_history_says():
    world = replace(recall(), horizon=None, time_limit=2)
    learner = Learner(
        networks=make_recurrent_networks(4, Actions(kind="discrete", size=2), 0, width=6),
        settings=RecurrentPPO(n_steps=4, gae_lambda=0.0, gamma=0.5),
        generator=torch.Generator().manual_seed(0),
    )
    outside = environments(3, AutoresetMode.SAME_STEP, world)
    learner.begin(outside.reset(0))
    found = learner.collect(outside)
    nothing = torch.tensor([0.0, 0.0, 1.0, 0.0])
    question = torch.tensor([0.0, 0.0, 0.0, 1.0])
    for n in range(3):
        remembered = networks_after(learner.networks, [found.obs[0, n], nothing, question])
        due = 0.5 * learner.networks.heads.get_value(remembered).squeeze(-1)
        assert torch.allclose(found.returns[1, n], due, atol=1e-6)


def test_the_carried_state_has_no_graph_and_goes_on():
    outside = make_environments("CartPole-v1", 4)
    settings = RecurrentPPO(n_steps=6, epochs=1, width=8)
    steps = ppo_recurrent.train(outside, settings, 48)
    (learner, first), (_, second) = next(steps), next(steps)
    assert learner.position is not None
    assert not second.initial_state.requires_grad
    assert bool((first.initial_state == 0).all())
    assert bool((second.initial_state != 0).any())
    fresh = second.starts[0]
    assert torch.equal(fresh, torch.zeros_like(fresh)) or bool(fresh.any())


def test_minibatches_are_whole_environments():
    learner = Learner(
        networks=make_recurrent_networks(3, DISCRETE, 0),
        settings=RecurrentPPO(environments_at_once=3),
        generator=torch.Generator().manual_seed(0),
    )
    parts = list(learner._minibatches(8))
    assert [len(part) for part in parts] == [3, 3, 2]
    assert sorted(torch.cat(parts).tolist()) == list(range(8))


@pytest.mark.parametrize("env", ["CartPole-v1", "Pendulum-v1"])
def test_one_seed_is_one_run(env):
    settings = RecurrentPPO(n_steps=8, epochs=2, environments_at_once=2, width=8)

    def last(seed):
        runs = list(ppo_recurrent.train(make_environments(env, 3), settings, 48, seed))
        return torch.nn.utils.parameters_to_vector(runs[-1][0].networks.parameters()), len(runs)

    (one, count), (again, _), (other, _) = last(0), last(0), last(1)
    assert count == 2
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert bool(torch.isfinite(one).all())


@pytest.mark.parametrize("options", [{"epochs": 0}, {"n_steps": 1}, {"environments_at_once": 0}])
def test_settings_that_are_none_are_refused(options):
    with pytest.raises(InvalidArgument):
        RecurrentPPO(**options)


def test_collecting_before_anything_has_begun_is_refused():
    learner = Learner(
        networks=make_recurrent_networks(4, DISCRETE, 0),
        settings=RecurrentPPO(),
        generator=torch.Generator(),
    )
    with pytest.raises(InvalidArgument, match="begin"):
        learner.collect(make_environments("CartPole-v1", 2))


def best_without_memory(world):
    """The largest J of all policies on observations.

    Each look is met once an episode, so that J is linear in what is done at each: its largest
    value is that of a deterministic policy, and all of those are tried.
    """
    looks = world.observations.argmax(-1)
    choices = itertools.product(range(world.n_actions), repeat=world.obs_dim)
    eye = torch.eye(world.n_actions, dtype=torch.float64)
    return max(
        float(exact.objective(world, eye[torch.tensor(choice)[looks]])) for choice in choices
    )


def mean_return(sequences):
    """Of whole episodes: a point is earned in their last step alone."""
    question = sequences.obs[..., 3] == 1
    asked = question & sequences.real
    right = sequences.returns  # with lambda = 1 and one step to go: the reward itself
    return float(right[asked].mean())


def test_without_memory_half_is_the_most():
    assert best_without_memory(recall()) == 0.5


RECALL = RecurrentPPO(
    n_steps=8, epochs=4, environments_at_once=8, learning_rate=1e-2, ent_coef=0.01,
    gae_lambda=1.0, gamma=1.0, width=12,
)  # fmt: skip


def test_what_was_shown_is_recalled_soon():
    outside = environments(16, AutoresetMode.SAME_STEP, recall())
    *_, (_, sequences) = ppo_recurrent.train(outside, RECALL, 16 * 8 * 20, 0)
    assert mean_return(sequences) > 0.8


@pytest.mark.thorough
@pytest.mark.parametrize("mode", MODES)
def test_what_was_shown_is_recalled(mode):
    world = recall(wait=2)
    for seed in range(3):
        steps = ppo_recurrent.train(environments(16, mode, world), RECALL, 16 * 8 * 60, seed)
        last = [mean_return(sequences) for _, sequences in steps][-5:]
        assert sum(last) / 5 > 0.95, seed


@pytest.mark.thorough
def test_without_memory_it_is_guessed():
    """A fair coin's mean over all questions of the later half: five standard deviations."""
    feed_forward = ppo.PPO(
        n_steps=8, epochs=4, minibatch=64, learning_rate=1e-2, ent_coef=0.01, gae_lambda=1.0,
        gamma=1.0,
    )  # fmt: skip
    right = []
    outside = environments(16, AutoresetMode.SAME_STEP, recall())
    for _, experience in ppo.train(outside, feed_forward, 16 * 8 * 60, 0):
        asked = experience.obs[:, 3] == 1
        right.append(experience.returns[asked])
    late = torch.cat(right[len(right) // 2 :])
    assert abs(float(late.mean()) - 0.5) < 5 * 0.5 / len(late) ** 0.5
