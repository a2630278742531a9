"""The sampler against the exact law of paths. Tolerances: `paths.tolerance`, one in 10^9 a test."""

import dataclasses

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import TabularMDP, sample_episodes, sample_segments
from rlcheck.worlds.drawing import distribution_function, inverse
from rlcheck.worlds.gallery import cliff_walk, garnet, two_state_chain, vacuum_corridor
from tests.unit.worlds.paths import distance, exact_law, paths_of, tolerance

N = 20_000
LENGTH = 4


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def policy(world, seed=0):
    table = torch.rand(world.n_states, world.n_actions, dtype=torch.float64, generator=random(seed))
    table[0] = torch.tensor([1.0, 0.0])  # an action that must never be taken
    return table / table.sum(1, keepdim=True)


def small(seed=1, **options):
    # With three successors for two states and an end, every kind of boundary occurs.
    return garnet(seed, n_states=2, end_probability=0.25, n_observations=1, **options)


LIMITS = {
    "horizon": {"horizon": 3},
    "time limit": {"time_limit": 3},
    "time limit of one": {"time_limit": 1},
    "time limit before the horizon": {"horizon": 3, "time_limit": 2},
    "time limit at the horizon": {"horizon": 2, "time_limit": 2},
    "time limit behind the horizon": {"horizon": 2, "time_limit": 3},
    "neither": {},
}


def sample(world, pi, form, n=N, generator=None):
    generator = generator or random()
    if form == "episodes":
        return sample_episodes(world, pi, n, generator)
    return sample_segments(world, pi, n, LENGTH, generator)


def law_of(world, pi, form):
    return exact_law(world, pi, LENGTH, reset=form == "segments")


FORMS = [(form, limits) for form in ("episodes", "segments") for limits in LIMITS]
FORMS.remove(("episodes", "neither"))  # unbounded length: its law is tested below, by marginals


@pytest.mark.parametrize(("form", "limits"), FORMS)
def test_paths_have_their_exact_law(form, limits):
    world = small(**LIMITS[limits])
    pi = policy(world)
    assert distance(law_of(world, pi, form), paths_of(sample(world, pi, form))) <= tolerance(N)


@pytest.mark.parametrize("form", ["episodes", "segments"])
@pytest.mark.parametrize(
    "fault", ["policy", "transitions", "initial", "horizon", "time limit", "flags swapped"]
)
def test_the_law_test_sees_a_fault(form, fault):
    world = small(horizon=3, time_limit=2)
    pi = policy(world)
    played, with_pi = world, pi
    if fault == "policy":
        with_pi = pi.clone()
        with_pi[1] = torch.tensor([pi[1, 0] - 0.1, pi[1, 1] + 0.1])
    elif fault == "transitions":
        uniform = torch.full_like(world.transitions, 1 / 3)
        mixed = 0.75 * world.transitions + 0.25 * uniform
        played = dataclasses.replace(world, transitions=mixed)
    elif fault == "initial":
        played = dataclasses.replace(world, initial=world.initial.flip(0).roll(-1))
    elif fault == "horizon":
        played = dataclasses.replace(world, horizon=2)
    elif fault == "time limit":
        played = dataclasses.replace(world, time_limit=None)
    rollout = sample(played, with_pi, form)
    if fault == "flags swapped":
        rollout = dataclasses.replace(
            rollout, terminated=rollout.truncated, truncated=rollout.terminated
        )
    assert distance(law_of(world, pi, form), paths_of(rollout)) > tolerance(N)


def test_episodes_without_a_limit_have_geometric_lengths():
    world = small()
    rollout = sample_episodes(world, policy(world), N, random())
    lengths = rollout.lengths
    assert rollout.T == lengths.max() > 16  # longer than one question about who is alive
    for k in range(1, 20):
        exact = 1 - 0.75**k
        assert abs((lengths <= k).double().mean() - exact) <= tolerance(N)


@pytest.mark.parametrize(("form", "limits"), FORMS)
def test_rewards_and_observations_are_those_of_the_states(form, limits):
    world = small(**LIMITS[limits])
    r = sample(world, policy(world), form, n=500)
    real = r.mask
    expected = world.rewards[r.states, r.actions, r.next_states]
    assert torch.equal(r.rewards[real], expected[real])
    assert not r.rewards[~real].any()
    assert torch.equal(r.obs, world.observations[r.states])
    assert torch.equal(r.next_obs, world.observations[r.next_states])
    assert not (r.terminated & r.truncated).any()
    assert r.probability is None


@pytest.mark.parametrize("limits", [name for name in LIMITS if name != "neither"])
def test_an_episode_is_real_up_to_its_end_and_padded_after_it(limits):
    world = small(**LIMITS[limits])
    r = sample_episodes(world, policy(world), 500, random())
    last = r.lengths - 1
    columns = torch.arange(r.N)
    assert r.dones[last, columns].all()
    assert (r.dones.sum(0) == 1).all()
    assert torch.equal(r.mask, torch.arange(r.T)[:, None] <= last)
    assert torch.equal(r.states[1:][r.mask[1:]], r.next_states[:-1][r.mask[1:]])
    assert torch.equal(r.steps, torch.minimum(torch.arange(r.T)[:, None], last))
    assert torch.equal(r.states[~r.mask], r.states[last, columns].expand(r.T, -1)[~r.mask])
    assert r.mask.any(1).all()


def test_segments_begin_anew_in_the_row_after_an_end():
    world = small(time_limit=3)
    r = sample_segments(world, policy(world), 500, 20, random())
    assert (r.T, r.N) == (20, 500)
    assert r.mask.all()
    before, after = r.dones[:-1], r.steps[1:]
    assert before.any()
    assert (~before).any()
    assert (r.steps[0] == 0).all()
    assert torch.equal(after, torch.where(before, 0, r.steps[:-1] + 1))
    assert torch.equal(r.states[1:][~before], r.next_states[:-1][~before])
    assert not world.terminal[r.states].any()
    # The final observation is kept: a terminal state is seen in next_obs, and only there.
    ended = r.terminated
    assert torch.equal(world.terminal[r.next_states], ended)
    assert torch.equal(r.next_obs[ended], world.observations[-1].expand(int(ended.sum()), -1))


def ring(**options):
    """0 -> 1 -> 2 -> 3 -> 0, whatever is done: time decides everything."""
    return TabularMDP(
        transitions=torch.eye(4, dtype=torch.float64).roll(1, 1)[:, None].repeat(1, 2, 1),
        rewards=torch.arange(8.0).reshape(4, 2),
        initial=[1.0, 0.0, 0.0, 0.0],
        gamma=0.9,
        **options,
    )


RING_PI = torch.full((4, 2), 0.5, dtype=torch.float64)


def test_a_time_limit_truncates_and_keeps_the_final_observation():
    r = sample_segments(ring(time_limit=3), RING_PI, 2, 7, random())
    assert r.states[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert r.next_states[:, 0].tolist() == [1, 2, 3, 1, 2, 3, 1]
    assert r.steps[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert r.truncated[:, 0].tolist() == [False, False, True, False, False, True, False]
    assert not r.terminated.any()
    whole = sample_episodes(ring(time_limit=3), RING_PI, 2, random())
    assert whole.next_obs[-1].tolist() == [[0.0, 0.0, 0.0, 1.0]] * 2
    assert whole.truncated.tolist() == [[False] * 2, [False] * 2, [True] * 2]
    assert not whole.terminated.any()


@pytest.mark.parametrize("time_limit", [None, 3, 4])
def test_a_horizon_terminates_also_where_it_meets_the_time_limit(time_limit):
    r = sample_segments(ring(horizon=3, time_limit=time_limit), RING_PI, 2, 7, random())
    assert r.terminated[:, 0].tolist() == [False, False, True, False, False, True, False]
    assert not r.truncated.any()
    assert r.next_states[:, 0].tolist() == [1, 2, 3, 1, 2, 3, 1]


def test_the_last_row_of_a_segment_is_no_end():
    r = sample_segments(ring(), RING_PI, 2, 7, random())
    assert not r.dones.any()
    assert r.steps[:, 0].tolist() == list(range(7))


def test_the_same_seed_gives_the_same_batch_and_another_another():
    world = small(time_limit=5)
    a, b, c = (sample_segments(world, policy(world), 50, 9, random(seed)) for seed in (3, 3, 4))
    assert paths_of(a) == paths_of(b)
    assert paths_of(a) != paths_of(c)


def test_the_generator_is_the_only_randomness_and_is_advanced():
    world, generator = small(time_limit=5), random(3)
    before = torch.random.get_rng_state()
    a = sample_episodes(world, policy(world), 50, generator)
    b = sample_episodes(world, policy(world), 50, generator)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert paths_of(a) != paths_of(b)


def test_a_graph_on_the_policy_is_ignored():
    world = small(time_limit=5)
    pi = policy(world).requires_grad_()
    assert not sample_segments(world, pi, 5, 3, random()).rewards.requires_grad


def test_a_policy_that_never_ends_is_refused_for_episodes_only():
    world = vacuum_corridor()
    right = torch.tensor([[0.0, 1.0]] * 5, dtype=torch.float64)
    with pytest.raises(InvalidArgument, match="pi: with this policy some episode never ends"):
        sample_episodes(world, right, 5, random())
    assert sample_segments(world, right, 5, 9, random()).mask.all()
    limited = dataclasses.replace(world, time_limit=7)
    assert sample_episodes(limited, right, 50, random()).truncated.any()
    finite = dataclasses.replace(world, horizon=7)
    assert sample_episodes(finite, right, 50, random()).lengths.max() == 7


@pytest.mark.parametrize("too_few", [1, 4])
def test_an_episode_longer_than_max_steps_is_refused_and_not_cut(too_few):
    world = cliff_walk()
    pi = torch.full((12, 4), 0.25, dtype=torch.float64)
    with pytest.raises(InvalidArgument, match="max_steps: 20 of 20 episodes are longer"):
        sample_episodes(world, pi, 20, random(), max_steps=too_few)


def test_max_steps_may_be_met_exactly():
    assert sample_episodes(ring(horizon=3), RING_PI, 2, random(), max_steps=3).T == 3
    with pytest.raises(InvalidArgument, match="max_steps"):
        sample_episodes(ring(horizon=3), RING_PI, 2, random(), max_steps=2)


@pytest.mark.parametrize(("n", "length"), [(0, 3), (3, 0), (-1, 3), (True, 3)])
def test_counts_are_refused_below_one(n, length):
    world = two_state_chain(horizon=2)
    pi = torch.full((2, 2), 0.5, dtype=torch.float64)
    with pytest.raises(InvalidArgument, match="not at least 1"):
        sample_segments(world, pi, n, length, random())
    if length == 3:
        with pytest.raises(InvalidArgument, match="n: not at least 1"):
            sample_episodes(world, pi, n, random())


@pytest.mark.parametrize("form", ["episodes", "segments"])
def test_a_table_that_is_no_policy_is_refused(form):
    world = small(horizon=3)
    with pytest.raises(InvalidArgument, match=r"pi\[0\]: probabilities sum to"):
        sample(world, policy(world) * 0.5, form, n=3)


def test_a_generator_elsewhere_is_refused():
    world = small(horizon=3)
    with pytest.raises(InvalidArgument, match="generator: not on the device meta"):
        sample_episodes(world, policy(world), 3, random(), device="meta")


def test_distribution_functions_skip_the_impossible_and_do_not_end_below_one():
    rows = torch.tensor([[0.0, 0.5, 0.0, 0.5, 0.0], [0.1] * 5, [0, 1, 0, 0, 0]]).double()
    rows[1] = rows[1] * 2 * (1 - 1e-15)
    u = torch.tensor([[0.0, 0.25, 0.5, 1 - 2**-53]]).double().repeat(3, 1)
    drawn = inverse(distribution_function(rows), u)
    assert drawn.tolist() == [[1, 1, 3, 3], [0, 1, 2, 4], [1, 1, 1, 1]]


@pytest.mark.parametrize(("form", "limits"), FORMS)
def test_paths_have_their_exact_law_on_a_device(form, limits, device):
    world = small(**LIMITS[limits])
    pi = policy(world)
    rollout = sample(world, pi, form, generator=torch.Generator(device).manual_seed(0))
    assert all(x.device.type == device for x in vars(rollout).values() if x is not None)
    assert distance(law_of(world, pi, form), paths_of(rollout)) <= tolerance(N)


def test_a_cpu_generator_is_refused_on_a_device(device):
    world = small(horizon=3)
    with pytest.raises(InvalidArgument, match=f"generator: not on the device {device}"):
        sample_episodes(world, policy(world), 3, random(), device=device)
