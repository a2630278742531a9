"""Each family keeps its promise, reaches its corners, and shrinks to the simplest world of it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlcheck import strategies
from rlcheck.errors import InvalidArgument
from tests.unit.strategies import promises
from tests.unit.strategies.reach import reaches, simplest, unreached

FAMILIES = {
    name: (getattr(strategies, f"{name}_mdps"), getattr(promises, name))
    for name in (
        "plain",
        "terminating",
        "truncating",
        "cyclic",
        "absorbing",
        "near_deterministic",
        "ill_conditioned",
        "aliased",
        "dyadic",
    )
}
SETTINGS = settings(max_examples=40)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_keeps_its_promise(family):
    worlds, holds = FAMILIES[family]

    @SETTINGS
    @given(worlds(max_states=4))
    def check(world):
        assert holds(world), world

    check()


# Another family whose worlds need not keep the promise.
OTHERS = dict.fromkeys(FAMILIES, "aliased") | {"aliased": "plain"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_promise_is_broken_by_another_family(family):
    others = FAMILIES[OTHERS[family]][0]
    assert reaches(others(), lambda world: not FAMILIES[family][1](world))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_shrinks_to_two_states_and_a_step_or_no_horizon(family):
    world = simplest(FAMILIES[family][0]())
    assert (world.n_states, world.n_actions) == (2, 2)
    assert world.horizon in (1, 2, None)
    assert (world.horizon is None) == (family in ("terminating", "ill_conditioned"))
    assert (world.rewards == 0).all()
    assert world.gamma == (0.999 if family == "ill_conditioned" else 0.5)
    if family == "near_deterministic":
        assert {0.001, 0.999} == set(world.transitions.flatten().tolist())
    elif family != "cyclic":  # where every successor of two states is certain
        assert (world.transitions[0] == 0.5).all()


def test_the_union_shrinks_to_the_plain_world():
    world = simplest(strategies.tabular_mdps())
    assert (world.name, world.n_states, world.horizon, world.gamma) == ("plain", 2, 1, 0.5)
    assert (world.transitions == 0.5).all()
    assert world.time_limit is None


def test_a_needed_reward_shrinks_to_one_and_the_others_to_zero():
    # A family with less to choose would come out here, did every choice not cost the same.
    world = simplest(strategies.tabular_mdps(), lambda w: bool((w.rewards != 0).any()))
    assert (world.name, world.n_states) == ("plain", 2)
    assert world.rewards.flatten().sort().values.tolist() == [0.0] * 7 + [1.0]


ANY = {
    **{
        f"family {name}": lambda w, name=name: w.name == name.replace("_", "-") for name in FAMILIES
    },
    "three states": lambda w: w.n_states == 3,
    "three actions": lambda w: w.n_actions == 3,
    "no horizon": lambda w: w.horizon is None,
    **{f"horizon {h}": lambda w, h=h: w.horizon == h for h in (1, 2, 3)},
    "gamma zero": lambda w: w.gamma == 0,
    "gamma one": lambda w: w.gamma == 1,
    "gamma one without a horizon": lambda w: w.gamma == 1 and w.horizon is None,
    "time limit one": lambda w: w.time_limit == 1,
    "time limit and horizon": lambda w: w.time_limit is not None and w.horizon is not None,
    "a terminal state": lambda w: bool(w.terminal.any()),
    "a certain successor": lambda w: bool((w.transitions[0] == 1).any()),
    "a quarter": lambda w: bool((w.transitions == 0.25).any()),
    "a third": lambda w: bool((w.transitions == 1 / 3).any()),
    "an eighth": lambda w: bool((w.transitions == 0.125).any()),
    "a state out of reach": lambda w: not w.reachable().all(),
    "a random start": lambda w: bool(w.initial.max() < 1),
    "a negative reward": lambda w: bool((w.rewards < 0).any()),
    "a reward that depends on the successor": lambda w: bool(
        (w.rewards[:, :, :1] != w.rewards).any()
    ),
}


def test_worlds_of_every_kind_are_reached():
    assert unreached(strategies.tabular_mdps(), ANY) == set()


def test_a_corner_that_is_not_there_is_reported():
    corners = {"beyond": lambda n: n > 3, "the last": lambda n: n == 3}
    assert unreached(st.integers(0, 3), corners) == {"beyond"}


CORNERS = {
    "terminating": {
        "a state that cannot end at once": lambda w: bool((w.transitions[0, :, -1] == 0).all()),
        "an action that never ends": lambda w: bool((w.transitions[:-1, 1, -1] == 0).all()),
        "gamma one": lambda w: w.gamma == 1,
    },
    "truncating": {
        "a terminal state": lambda w: bool(w.terminal.any()),
        "none": lambda w: not w.terminal.any(),
        "a horizon beyond": lambda w: w.horizon is not None,
        "no horizon": lambda w: w.horizon is None,
        "a later limit": lambda w: w.time_limit == 2,
    },
    "cyclic": {
        "three states, period two": lambda w: w.n_states == 3 and bool(w.transitions[1, 0, 0] > 0),
        "three states, period three": lambda w: (
            w.n_states == 3 and bool(w.transitions[1, 0, 0] == 0)
        ),
        "a choice within a class": lambda w: bool((w.transitions == 0.5).any()),
    },
    "absorbing": {
        "it pays": lambda w: bool((w.rewards[-1, :, -1] != 0).any()),
        "no horizon": lambda w: w.horizon is None,
        "an episode may begin in it": lambda w: bool(w.initial[-1] > 0),
    },
    "near_deterministic": {
        str(rare): lambda w, rare=rare: bool((w.transitions == rare).any())
        for rare in (1e-3, 1e-6, 1e-9)
    },
    "ill_conditioned": {
        "far-sighted": lambda w: w.gamma < 1,
        "rarely ending": lambda w: w.gamma == 1,
        "a million": lambda w: bool((w.transitions == 1e-6).any()),
    },
    "aliased": {
        "all alike": lambda w: bool((w.observations == w.observations[0]).all()),
        "a third state apart": lambda w: len(torch.unique(w.observations, dim=0)) == 2,
        "rewards tell them apart": lambda w: bool((w.rewards[0] != w.rewards[1]).any()),
    },
    "dyadic": {
        "a terminal state": lambda w: bool(w.terminal.any()),
        "three eighths": lambda w: bool((w.transitions == 0.375).any()),
    },
}


@pytest.mark.parametrize("family", CORNERS)
def test_a_family_reaches_its_corners(family):
    assert unreached(FAMILIES[family][0](), CORNERS[family]) == set()


@SETTINGS
@given(strategies.tabular_mdps(max_states=2, max_actions=2, max_horizon=2, max_reward=0.5))
def test_the_bounds_are_kept(world):
    assert (world.n_states, world.n_actions) == (2, 2)
    assert world.horizon in (1, 2, None)
    assert world.time_limit in (1, 2, None)
    assert world.rewards.abs().max() <= 0.5


@SETTINGS
@given(st.data())
def test_larger_bounds_are_allowed(data):
    world = data.draw(strategies.tabular_mdps(max_states=8, max_actions=8, max_horizon=64))
    assert world.n_states <= 8


@pytest.mark.parametrize("family", [*FAMILIES, "tabular"])
@pytest.mark.parametrize(
    "bound",
    [{"max_states": 1}, {"max_actions": 9}, {"max_horizon": 2.0}, {"max_reward": float("inf")}],
)
def test_a_bound_outside_its_range_is_refused_at_the_call(family, bound):
    with pytest.raises(InvalidArgument, match=next(iter(bound))):
        getattr(strategies, f"{family}_mdps")(**bound)
