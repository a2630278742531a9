"""Q-learning and DQN step by step: one seed, whole batches, memories, saved states."""

from dataclasses import replace

import gymnasium
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FlattenObservation

from rlcheck.algorithms import dqn, q_learning
from rlcheck.algorithms.environments import GymnasiumEnvironments, make_environments
from rlcheck.algorithms.transitions import ReplayMemory, Transitions, epsilon_greedy
from rlcheck.errors import InvalidArgument
from rlcheck.worlds.gallery import garnet
from tests.unit.algorithms.worlds import environments_of

WORLD = garnet(3, n_states=4, n_actions=2, time_limit=6, end_probability=0.1)
DQN = dqn.DQN(learning_starts=16, minibatch=8, train_every=4, target_every=20, capacity=40)
RUNS = {
    "q-learning": (q_learning, q_learning.QLearning(learning_rate=0.5)),
    "dqn": (dqn, DQN),
    "double-dqn": (dqn, replace(DQN, target="double", error="huber", max_grad_norm=10.0)),
}


def learner_of(name, steps=120, seed=0, saved=None):
    module, settings = RUNS[name]
    environments = environments_of(WORLD, 4)
    *_, (learner, _) = module.train(environments, settings, steps, seed, saved=saved)
    return learner


def weights(learner):
    return torch.nn.utils.parameters_to_vector(learner.networks.parameters()).detach()


@pytest.mark.parametrize("name", RUNS)
def test_one_seed_is_one_run(name):
    one, again, other = (learner_of(name, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(weights(one), weights(again))
    assert not torch.equal(weights(one), weights(other))


@pytest.mark.parametrize("name", RUNS)
def test_a_learner_goes_on_bit_for_bit_from_its_state(name):
    first = learner_of(name, steps=60)
    state = {
        key: value.clone() if isinstance(value, torch.Tensor) else value
        for key, value in first.state().items()
    }
    second = learner_of(name, steps=4, seed=9, saved=None)
    second.restore(state)
    batch = rows(8)
    for learner in (first, second):
        for _ in range(3):
            learner.act(batch.obs)
            if name == "q-learning":
                learner.update(batch)
            else:
                learner.remember(batch, 8)
    assert torch.equal(weights(first), weights(second))
    assert all(
        torch.equal(torch.as_tensor(value), torch.as_tensor(second.state()[key]))
        for key, value in first.state().items()
    )


def test_a_state_that_does_not_fit_leaves_the_learner_as_it_was():
    learner = learner_of("dqn")
    before = {k: torch.as_tensor(v).clone() for k, v in learner.state().items()}
    foreign = {**learner_of("dqn", seed=5).state(), "memory.obs": torch.zeros(3, 5)}
    with pytest.raises(InvalidArgument, match="obs"):
        learner.restore(foreign)
    assert all(torch.equal(before[k], torch.as_tensor(v)) for k, v in learner.state().items())


def rows(count, start=0):
    numbers = torch.arange(start, start + count, dtype=torch.float32)
    return Transitions(
        obs=torch.nn.functional.one_hot((numbers % 5).long(), 5).float(),
        actions=(numbers % 2).long(), rewards=numbers,
        next_obs=torch.nn.functional.one_hot(((numbers + 1) % 5).long(), 5).float(),
        terminated=numbers % 3 == 0,
    )  # fmt: skip


def test_a_memory_keeps_the_newest():
    memory = ReplayMemory(10, 5)
    for start in range(0, 24, 4):
        memory.add(rows(4, start))
    assert len(memory) == 10
    assert sorted(memory.kept.rewards.tolist()) == list(range(14, 24))
    drawn = memory.sample(200, torch.Generator().manual_seed(0))
    assert set(drawn.rewards.tolist()) == set(range(14, 24))
    # Every row is one transition still.
    assert torch.equal(drawn.actions, (drawn.rewards % 2).long())
    assert torch.equal(drawn.terminated, drawn.rewards % 3 == 0)


def test_of_more_than_there_is_room_for_the_last_are_kept():
    memory = ReplayMemory(10, 5)
    memory.add(rows(3, 0))
    memory.add(rows(25, 3))
    assert sorted(memory.kept.rewards.tolist()) == list(range(18, 28))
    memory.add(rows(2, 28))
    assert sorted(memory.kept.rewards.tolist()) == list(range(20, 30))


def test_an_empty_memory_and_one_without_room_are_refused():
    with pytest.raises(InvalidArgument, match="memory"):
        ReplayMemory(3, 2).sample(1, torch.Generator())
    with pytest.raises(InvalidArgument, match="capacity"):
        ReplayMemory(0, 2)


def test_a_share_of_epsilon_is_taken_anywhere():
    q_values = torch.tensor([[0.0, 2.0, 1.0, 0.0]]).expand(20_000, 4)
    taken = epsilon_greedy(q_values, 0.4, torch.Generator().manual_seed(0))
    shares = torch.bincount(taken, minlength=4) / len(taken)
    # 0.1 each, and 0.6 more for the best; five standard deviations of a share are 0.017.
    assert torch.allclose(shares, torch.tensor([0.1, 0.7, 0.1, 0.1]), atol=0.017)


def test_epsilon_falls_in_a_straight_line():
    settings = dqn.DQN(epsilon_start=0.9, epsilon_end=0.1, epsilon_steps=100)
    found = [settings.epsilon(steps) for steps in (0, 50, 100, 10_000)]
    assert found == pytest.approx([0.9, 0.5, 0.1, 0.1])


def test_updates_and_copies_come_when_they_are_due():
    learner = learner_of("dqn", steps=16)
    assert torch.equal(
        weights(learner), torch.nn.utils.parameters_to_vector(learner.target_networks.parameters())
    ) is (learner.steps // 20 > 0)
    taken = []
    learner.update = lambda batch: taken.append(len(batch))
    learner.remember(rows(4), 4)  # 16 -> 20: one of four
    assert taken == [8]
    assert torch.equal(
        weights(learner), torch.nn.utils.parameters_to_vector(learner.target_networks.parameters())
    )
    learner.remember(rows(8), 8)  # 20 -> 28: two
    assert taken == [8, 8, 8]


def test_a_table_by_hand_where_every_step_is_cut():
    """Watkins' update in Python floats: no step terminates, so that each bootstraps."""
    world = garnet(3, n_states=4, n_actions=2, time_limit=1)
    module, settings = RUNS["q-learning"]
    table = [[0.0] * 2 for _ in range(4)]
    for learner, batch in module.train(environments_of(world, 2), settings, 40):
        assert not bool(batch.terminated.any())
        moves = []
        for row in range(2):
            here, there = (int(o[row].argmax()) for o in (batch.obs, batch.next_obs))
            action, reward = int(batch.actions[row]), float(batch.rewards[row])
            error = reward + settings.gamma * max(table[there]) - table[here][action]
            moves.append((here, action, settings.learning_rate * error / 2))
        for here, action, move in moves:
            table[here][action] += move
        found = learner.networks.weight.detach().T
        assert torch.allclose(found, torch.tensor(table), atol=1e-5)
    assert any(value != 0 for row in table for value in row)


def test_a_discrete_space_is_flattened_by_gymnasium_s_own_wrapper():
    vector = SyncVectorEnv(
        [lambda: FlattenObservation(gymnasium.make("FrozenLake-v1"))] * 2,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    environments = GymnasiumEnvironments(vector)
    *_, (learner, batch) = q_learning.train(environments, q_learning.QLearning(), 20)
    assert learner.networks.weight.shape == (4, 16)
    assert len(batch) == 2


def test_what_is_no_table_is_refused():
    with pytest.raises(InvalidArgument, match="one-hot"):
        next(q_learning.train(make_environments("CartPole-v1", 2), q_learning.QLearning(), 4))
    pytest.importorskip("gymnasium.envs.classic_control")
    with pytest.raises(InvalidArgument, match="discrete"):
        next(dqn.train(make_environments("Pendulum-v1", 2), DQN, 4))


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (q_learning.QLearning, {"epsilon": 1.5}),
        (q_learning.QLearning, {"learning_rate": 0.0}),
        (dqn.DQN, {"target": "mean"}),
        (dqn.DQN, {"error": "absolute"}),
        (dqn.DQN, {"train_every": 0}),
    ],
)
def test_settings_that_are_none_are_refused(make, options):
    with pytest.raises(InvalidArgument):
        make(**options)
