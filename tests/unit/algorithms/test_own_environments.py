"""This project's own environments: their exact law, their ends, what a checkpoint keeps."""

import copy
import dataclasses

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from rlcheck.algorithms.environments import (
    OWN_NAMES,
    CartPoleEnvironments,
    Keepable,
    LinearGaussianEnvironments,
    TabularEnvironments,
    make_environments,
)
from rlcheck.algorithms.experience import collect, with_advantages
from rlcheck.algorithms.networks import make_networks
from rlcheck.errors import InvalidArgument
from rlcheck.worlds import point_mass
from rlcheck.worlds.gallery import garnet, two_state_chain
from tests.unit.worlds.paths import distance, exact_law, tolerance

N, LENGTH = 20_000, 4
LIMITS = {
    "neither": {},
    "horizon": {"horizon": 3},
    "time limit": {"time_limit": 2},
    "both at once": {"horizon": 2, "time_limit": 2},
}
KINDS = {
    "tabular": lambda device="cpu": TabularEnvironments(small(time_limit=3), 5, device),
    "gaussian": lambda device="cpu": LinearGaussianEnvironments(point_mass(3), 5, device),
    "cart pole": lambda device="cpu": CartPoleEnvironments(5, device),
}


def random(seed=0, device="cpu"):
    return torch.Generator(device).manual_seed(seed)


def small(**options):
    return garnet(1, n_states=2, end_probability=0.25, **options)


def actions_for(environments, generator):
    size, kind = environments.count, environments.actions.kind
    if kind == "discrete":
        drawn = torch.rand(size, generator=generator, device=generator.device)
        return (drawn * environments.actions.size).long()
    wide = (size, environments.actions.size)
    return torch.randn(wide, generator=generator, device=generator.device)


def played(environments, pi, generator):
    """Columns of (s, a, s', terminated, truncated, steps), as `paths_of` gives those of a batch."""
    states, steps = environments.reset(7).argmax(-1), torch.zeros(N, dtype=torch.int64)
    rows = []
    for _ in range(LENGTH):
        taken = torch.multinomial(pi[states], 1, generator=generator).squeeze(1)
        step = environments.step(taken)
        ends = step.terminated | step.truncated
        following = step.next_obs.argmax(-1)
        rows.append((states, taken, following, step.terminated, step.truncated, steps))
        states, steps = step.obs.argmax(-1), torch.where(ends, 0, steps + 1)
    columns = [torch.stack(column).T.tolist() for column in zip(*rows, strict=True)]
    return [tuple(zip(*(column[n] for column in columns), strict=True)) for n in range(N)]


class BeginsWhereItEnded(TabularEnvironments):
    """The fault of most wrappers: the next episode goes on from the final observation."""

    def step(self, actions):
        step = super().step(actions)
        self._states = step.next_obs.argmax(-1)
        return dataclasses.replace(step, obs=step.next_obs)


class HandsOutTheReset(TabularEnvironments):
    """Its contrary: the reset's observation stands where the final one belongs."""

    def step(self, actions):
        step = super().step(actions)
        return dataclasses.replace(step, next_obs=step.obs)


def law_and_paths(kind, limits):
    world = small(**limits)
    pi = torch.tensor([[0.3, 0.7], [0.6, 0.4], [0.5, 0.5]]).double()
    pi = pi if world.n_actions == 2 else torch.full((3, world.n_actions), 1 / world.n_actions)
    found = played(kind(world, N), pi.double(), random())
    return exact_law(world, pi.double(), LENGTH, reset=True), found


@pytest.mark.parametrize("limits", LIMITS)
def test_a_world_has_its_exact_law(limits):
    assert distance(*law_and_paths(TabularEnvironments, LIMITS[limits])) <= tolerance(N)


@pytest.mark.parametrize("fault", [BeginsWhereItEnded, HandsOutTheReset])
def test_the_law_test_sees_an_end_that_is_handled_wrong(fault):
    assert distance(*law_and_paths(fault, {"time_limit": 2})) > tolerance(N)


def test_rewards_are_those_of_the_transition():
    world = two_state_chain()
    environments = TabularEnvironments(world, 50)
    before = environments.reset(0).argmax(-1)
    for _ in range(5):
        taken = actions_for(environments, random())
        step = environments.step(taken)
        due = world.rewards[before, taken, step.next_obs.argmax(-1)]
        assert torch.equal(step.rewards.double(), due)
        before = step.obs.argmax(-1)


def test_a_continuous_world_moves_as_it_says_and_ends_together():
    world = dataclasses.replace(point_mass(3), noise=torch.zeros(2, 0))
    environments, generator = LinearGaussianEnvironments(world, 6), random()
    environments.reset(1)
    for t in range(7):
        before = environments.state()["states"]
        taken = actions_for(environments, generator)
        step = environments.step(taken)
        due = world.successor(before, taken.double(), torch.zeros(6, 0).double())
        assert torch.equal(step.next_obs, due.float())
        assert torch.equal(step.rewards, world.reward(before, taken.double()).float())
        assert bool((step.truncated == (t % 3 == 2)).all())
        assert not bool(step.terminated.any())
        assert torch.equal(step.obs, step.next_obs) == (t % 3 != 2)


def test_starts_and_noise_of_a_continuous_world_have_their_moments():
    world, size = point_mass(1), 100_000
    environments = LinearGaussianEnvironments(world, size)
    zero = torch.zeros(size, 1)
    step = environments.step(zero)
    start = environments.reset(5).double()
    spread = torch.tensor([0.3, 0.1]).double()
    # Chebyshev at 30 deviations: one in 900 for any law; the seed is fixed.
    assert ((start.mean(0) - torch.tensor([1.0, 0.0])).abs() <= 30 * spread / size**0.5).all()
    assert ((start.var(0) / spread**2 - 1).abs() <= 30 * (2 / size) ** 0.5).all()
    velocity = step.next_obs.double()[:, 1]
    due = 0.64 * 0.1**2 + 0.2**2
    assert abs(float(velocity.var()) / due - 1) <= 30 * (2 / size) ** 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_restored_goes_on_as_if_it_had_never_stopped(kind):
    environments, generator = KINDS[kind](), random()
    assert isinstance(environments, Keepable)
    environments.reset(3)
    for _ in range(7):
        environments.step(actions_for(environments, generator))
    kept, at = environments.state(), generator.get_state()
    before = copy.deepcopy(kept)
    due = [environments.step(actions_for(environments, generator)) for _ in range(12)]
    fresh = KINDS[kind]()
    fresh.restore(kept)
    generator.set_state(at)
    for one in due:
        again = vars(fresh.step(actions_for(fresh, generator)))
        same = [torch.equal(x, again[name]) for name, x in vars(one).items() if x is not None]
        assert all(same)
        assert len(same) == 6
    # What was handed out was not played on.
    assert all(torch.equal(kept[n], x) for n, x in before.items() if isinstance(x, torch.Tensor))


@pytest.mark.parametrize("kind", KINDS)
def test_one_seed_is_one_run(kind):
    runs = []
    for seed in (1, 1, 2):
        environments, generator = KINDS[kind](), random()
        environments.reset(seed)
        steps = [environments.step(actions_for(environments, generator)) for _ in range(9)]
        runs.append(torch.stack([step.obs for step in steps]))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["states", "steps", "generator"])
def test_another_state_is_refused_and_nothing_is_changed(kind, name):
    environments = KINDS[kind]()
    state = environments.state()
    other = KINDS[kind]()
    other.step(actions_for(other, random()))
    for wrong in (None, torch.zeros(3)):
        with pytest.raises(InvalidArgument, match=name):
            environments.restore(other.state() | {name: wrong})
    kept = environments.state()
    assert all(torch.equal(kept[n], x) for n, x in state.items() if isinstance(x, torch.Tensor))


def test_our_own_are_not_normalised():
    with pytest.raises(InvalidArgument, match="normalize"):
        make_environments("rlcheck:CartPole", 2, normalize=["observations"])


class Watched(TorchDispatchMode):
    """Names every operation in which the host waits for a number of the device."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name.removeprefix("aten::")
        if name in ("_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal"):
            self.waits.append(name)
        found = func(*args, **(kwargs or {}))
        there = any(isinstance(x, torch.Tensor) and not x.is_cpu for x in args)
        if there and isinstance(found, torch.Tensor) and found.is_cpu:
            self.waits.append(name)
        return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_rollout_never_leaves_its_device(kind, device):
    environments = KINDS[kind](device)
    networks = make_networks(environments.obs_size, environments.actions, 0).to(device)
    obs, generator = environments.reset(0), random(device=device)
    with Watched() as watched:
        segment = collect(environments, networks, obs, 9, generator)
    assert watched.waits == []
    assert all(x.device.type == device for x in vars(segment).values())
    experience = with_advantages(segment, networks, 0.9, 0.95)
    assert all(x.device.type == device for x in vars(experience).values())
    assert len(experience) == 45


def test_the_watch_sees_who_waits(device):
    flags = torch.ones(3, dtype=torch.bool, device=device)
    for wait in (lambda: bool(flags.all()), lambda: flags.nonzero(), lambda: flags.cpu()):
        with Watched() as watched:
            wait()
        assert watched.waits != []


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_moves_between_devices(kind, device):
    there, here = KINDS[kind](device), KINDS[kind]()
    there.step(actions_for(there, random(device=device)))
    state = {n: x.cpu() if isinstance(x, torch.Tensor) else x for n, x in there.state().items()}
    again = KINDS[kind](device)
    again.restore(state)
    assert all(x.device.type == device for n, x in tensors(again) if n != "generator")
    if device != "cuda":  # generators of two devices have states of their own
        here.restore(state)
        actions = actions_for(here, random())
        assert torch.equal(here.step(actions).obs, there.step(actions).obs.cpu())


def tensors(environments):
    return [(n, x) for n, x in environments.state().items() if isinstance(x, torch.Tensor)]


@pytest.mark.parametrize("name", OWN_NAMES)
def test_every_name_is_an_environment(name):
    environments = make_environments(name, 3)
    assert environments.count == 3
    assert environments.reset(0).shape == (3, environments.obs_size)
    step = environments.step(actions_for(environments, random()))
    assert step.obs.dtype == step.rewards.dtype == torch.float32
    assert bool(step.real.all())


@pytest.mark.parametrize("name", ["rlcheck:no-such-world", "rlcheck:", "rlcheck:CartPole-v1"])
def test_an_unknown_name_is_refused_with_those_that_are_known(name):
    with pytest.raises(InvalidArgument, match=r"rlcheck:two-state-chain, .*rlcheck:CartPole"):
        make_environments(name, 2)


@pytest.mark.parametrize("name", ["rlcheck:CartPole", "rlcheck:point-mass", "CartPole-v1"])
def test_no_copy_is_refused(name):
    with pytest.raises(InvalidArgument, match="count"):
        make_environments(name, 0)
