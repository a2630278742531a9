"""All rollouts: against a plain recursive listing, and what the door refuses."""

import dataclasses

import pytest
import torch

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact.policy import policy_table
from rlcheck.worlds import TabularMDP
from tests.random_worlds import random_policy, random_world

FIELDS = ("states", "actions", "next_states", "rewards", "terminated", "truncated", "steps")


def _listed(world, pi, length, resets):
    """(steps, probability) of every rollout, by recursion over one slot at a time."""

    def grow(state, k, so_far, probability):
        if len(so_far) == length or state is None:
            yield so_far, probability
            return
        for action in range(world.n_actions):
            for successor in range(world.n_states):
                chance = float(pi[state, action] * world.transitions[state, action, successor])
                if chance == 0:
                    continue
                terminated = bool(world.terminal[successor]) or k + 1 == world.horizon
                truncated = k + 1 == world.time_limit and not terminated
                reward = float(world.rewards[state, action, successor])
                slot = (state, action, successor, reward, terminated, truncated, k)
                after, p = [*so_far, slot], probability * chance
                if not (terminated or truncated):
                    yield from grow(successor, k + 1, after, p)
                elif resets and len(after) < length:
                    yield from begin(after, p)
                else:
                    yield from grow(None, 0, after, p)

    def begin(so_far, probability):
        for state in range(world.n_states):
            if world.initial[state] > 0:
                yield from grow(state, 0, so_far, probability * float(world.initial[state]))

    return list(begin([], 1.0))


def _check_against_listing(world, pi, length, resets):
    listed = _listed(world, pi, length, resets)
    if resets:
        rollout = exact.enumerate_segments(world, pi, length)
        assert rollout.mask.all()
    else:
        rollout = exact.enumerate_episodes(world, pi, length)
    assert len(listed) == rollout.N
    assert max(len(slots) for slots, _ in listed) == rollout.T
    for n, (slots, probability) in enumerate(listed):
        assert int(rollout.mask[:, n].sum()) == len(slots)
        assert float(rollout.probability[n]) == pytest.approx(probability, rel=1e-13, abs=0)
        for t, slot in enumerate(slots):
            assert tuple(getattr(rollout, name)[t, n].item() for name in FIELDS) == slot
    assert torch.equal(rollout.obs, world.observations[rollout.states])
    assert torch.equal(rollout.next_obs, world.observations[rollout.next_states])
    clean = rollout.with_clean_padding()
    for name in (*FIELDS, "obs", "next_obs"):
        assert torch.equal(getattr(rollout, name), getattr(clean, name)), name
    assert float(rollout.probability.sum()) == pytest.approx(1, abs=rollout.N * 1e-16)


@pytest.fixture
def fork():
    """From 0 to 1 or to the end 2; from 1 back to 0 or to the end."""
    return TabularMDP(
        transitions=[
            [[0.0, 0.75, 0.25], [0.0, 0.0, 1.0]],
            [[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]],
            [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]],
        ],
        rewards=torch.arange(18.0).reshape(3, 2, 3),
        initial=[0.5, 0.5, 0.0],
        gamma=0.5,
        terminal=[False, False, True],
    )


HALF = torch.tensor([[0.5, 0.5], [0.25, 0.75], [0.5, 0.5]], dtype=torch.float64)


@pytest.mark.parametrize(
    "limits",
    [
        {"horizon": 3},
        {"time_limit": 3},
        {"horizon": 2, "time_limit": 2},
        {"horizon": 4, "time_limit": 2},
        {"horizon": 2, "time_limit": 5},
    ],
    ids=str,
)
@pytest.mark.parametrize(("length", "resets"), [(None, False), (2, False), (4, True), (1, True)])
def test_lists_what_a_plain_recursion_lists_in_its_order(fork, limits, length, resets):
    world = dataclasses.replace(fork, **limits)
    bound = min(limits.values()) if length is None else length
    if length is None:
        rollout = exact.enumerate_episodes(world, HALF)
        again = exact.enumerate_episodes(world, HALF, bound)
        assert torch.equal(rollout.probability, again.probability)
    _check_against_listing(world, HALF, bound, resets)


@pytest.mark.parametrize("seed", range(7, 80, 8))
def test_random_small_worlds_are_listed_like_a_plain_recursion(seed):
    world = random_world(seed)  # of the family "small"
    pi = policy_table(random_policy(world, seed), world).detach()
    _check_against_listing(world, pi, 2, False)
    _check_against_listing(world, pi, 3, True)


@pytest.mark.parametrize("fault", ["horizon", "initial", "rewards"])
def test_the_listing_sees_a_planted_fault(fork, monkeypatch, fault):
    world = dataclasses.replace(fork, horizon=3)
    other = {
        "horizon": dataclasses.replace(fork, horizon=2),
        "initial": dataclasses.replace(world, initial=[0.5 + 1e-9, 0.5 - 1e-9, 0.0]),
        "rewards": dataclasses.replace(world, rewards=world.rewards + 1e-9),
    }[fault]
    enumerate_episodes = exact.enumerate_episodes
    monkeypatch.setattr(
        exact, "enumerate_episodes", lambda _, pi, length: enumerate_episodes(other, pi, length)
    )
    with pytest.raises(AssertionError):
        _check_against_listing(world, HALF, 3, False)


def test_a_final_observation_is_kept_and_a_reset_begins_at_an_initial_state(fork):
    world = dataclasses.replace(fork, initial=[0.0, 1.0, 0.0])
    segments = exact.enumerate_segments(world, HALF, 4)
    ended = segments.terminated[:-1]
    assert ended.any()
    assert (segments.next_states[:-1][ended] == 2).all()
    assert (segments.states[1:][ended] == 1).all()
    assert (segments.steps[1:][ended] == 0).all()
    assert (segments.states != 2).all()


def test_actions_of_probability_zero_are_not_listed(fork):
    world = dataclasses.replace(fork, horizon=3)
    rollout = exact.enumerate_episodes(world, torch.tensor([[0.0, 1.0]] * 3, dtype=torch.float64))
    assert (rollout.probability > 0).all()
    assert (rollout.actions[rollout.mask] == 1).all()


def test_the_probability_carries_the_graph_of_the_policy(fork):
    world = dataclasses.replace(fork, horizon=3)
    logits = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    rollout = exact.enumerate_episodes(world, torch.softmax(logits, -1))
    (slope,) = torch.autograd.grad(rollout.probability.sum(), logits, retain_graph=True)
    assert slope.abs().max() < 1e-15  # probabilities sum to one whatever the policy
    (score,) = torch.autograd.grad(rollout.probability[0].log(), logits)
    visited = rollout.states[:, 0][rollout.mask[:, 0]]
    assert score[visited].abs().min() > 0
    assert exact.enumerate_episodes(world, HALF).probability.requires_grad is False


def test_too_many_rollouts_are_refused_before_they_are_built():
    world = dataclasses.replace(random_world(0, "dense"), horizon=40, time_limit=None)
    pi = policy_table(random_policy(world, 0), world)
    with pytest.raises(InvalidArgument, match=r"cap: there are at least \d+ rollouts"):
        exact.enumerate_episodes(world, pi)
    with pytest.raises(InvalidArgument, match="cap"):
        exact.enumerate_segments(world, pi, 3, cap=10)


def test_episodes_without_a_longest_one_need_a_length(fork):
    with pytest.raises(InvalidArgument, match="length"):
        exact.enumerate_episodes(fork, HALF)
    cut = exact.enumerate_episodes(fork, HALF, 3)
    assert cut.T == 3
    open_end = cut.mask[-1] & ~cut.terminated[-1]
    assert open_end.any()
    assert not cut.truncated.any()
    assert exact.longest_episode(fork, HALF) is None


@pytest.mark.parametrize("length", [0, -1, True])
def test_a_length_that_is_none_is_refused(fork, length):
    with pytest.raises(InvalidArgument, match="length"):
        exact.enumerate_segments(fork, HALF, length)


def test_episodes_that_end_by_themselves_need_no_length(fork):
    unrolled = dataclasses.replace(fork, horizon=3).with_time()
    pi = HALF.repeat(4, 1)
    assert exact.longest_episode(unrolled, pi) == 3
    rollout = exact.enumerate_episodes(unrolled, pi)
    plain = exact.enumerate_episodes(dataclasses.replace(fork, horizon=3), HALF)
    assert torch.equal(rollout.probability, plain.probability)
    assert torch.equal(rollout.states % 3, plain.states)
