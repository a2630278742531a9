"""The fast sampler: exact tables, one law, three routes that read the same uniforms."""

import dataclasses

import numpy as np
import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import TabularMDP, sample_paths
from rlcheck.worlds.drawing import WHOLE, alias_tables
from rlcheck.worlds.gallery import dyadic, dyadic_policy, garnet
from rlcheck.worlds.paths import (
    Moves,
    compiled_row,
    paths_by_blocks,
    paths_by_torch,
    row_by_numpy,
)
from tests.unit.worlds.paths import distance, exact_law, tolerance

N, LENGTH = 20_000, 4


def random(seed=0, device="cpu"):
    return torch.Generator(device).manual_seed(seed)


def random_rows(count=40, size=23, seed=0):
    """Distributions with zeros, near-zeros and certainties among them."""
    draws = torch.rand(count, size, dtype=torch.float64, generator=random(seed)) ** 8
    draws[draws < 0.01] = 0.0
    draws[:, 3] += 1e-12
    draws[0] = torch.nn.functional.one_hot(torch.tensor(5), size)
    table = draws / draws.sum(-1, keepdim=True)
    return [{k: p for k, p in enumerate(row) if p > 0} for row in table.tolist()]


def test_tables_hold_their_probabilities_exactly():
    """Summed in whole numbers: no outcome is off by more than the rounding to 2^-53."""
    rows = random_rows()
    for row, law in zip(rows, alias_tables(rows).law(), strict=True):
        assert sum(law.values()) == WHOLE
        assert set(law) == set(row)
        likeliest = max(row, key=lambda k: row[k])
        for outcome, p in row.items():
            # The likeliest outcome takes what the rounding of all others leaves.
            allowed = 0.5 if outcome != likeliest else 0.5 * len(row) + WHOLE * 2**-50
            assert abs(law[outcome] - p * WHOLE) <= allowed


@pytest.mark.parametrize("fault", ["cut", "partner"])
def test_the_sum_sees_a_wrong_table(fault):
    rows = random_rows()
    tables = alias_tables(rows)
    due = tables.law()
    width = 1 / tables.cells
    for k in range(tables.cells):
        inside = float(tables.cuts[1, k]) - k * width
        if fault == "cut":
            tables.cuts[1, k] = k * width + (width - inside)
        elif inside < width:
            tables.outcomes[1, k, 1] = tables.outcomes[1, k, 0]
    assert tables.law() != due


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_dyadic_probabilities_are_met_exactly_by_the_draws_themselves(bits):
    """All uniforms that are multiples of 2^-bits, each once: counts and not frequencies."""
    whole = 1 << bits
    generator = random(bits)
    rows = []
    for _ in range(20):
        parts = torch.bincount(torch.randint(5, (whole,), generator=generator), minlength=5)
        rows.append({k: n / whole for k, n in enumerate(parts.tolist()) if n})
    tables = alias_tables(rows)
    finest = max(whole, tables.cells)
    uniforms = torch.arange(finest, dtype=torch.float64) / finest
    for r, row in enumerate(rows):
        drawn = tables.draw(torch.full((finest,), r), uniforms)
        counts = torch.bincount(drawn, minlength=5) / finest
        assert counts.tolist() == [row.get(k, 0.0) for k in range(5)]


def test_what_is_impossible_is_not_drawn_at_any_boundary():
    rows = random_rows()
    tables = alias_tables(rows)
    edges = torch.cat([tables.cuts.flatten(), torch.arange(tables.cells) / tables.cells])
    near = torch.cat([edges, edges - 2**-53, edges + 2**-53]).clamp(0, 1 - 2**-53)
    for r, row in enumerate(rows):
        drawn = tables.draw(torch.full((len(near),), r), near)
        assert set(drawn.tolist()) <= set(row)


def test_a_table_is_the_joint_law_of_action_and_successor():
    world = garnet(3, n_states=6, n_actions=3)
    pi = torch.rand(world.n_states, 3, dtype=torch.float64, generator=random())
    pi = pi / pi.sum(1, keepdim=True)
    moves = Moves.of(world, pi)
    *laws, first = moves.tables.law()
    for s, law in enumerate(laws):
        table = torch.zeros(world.n_actions, world.n_states, dtype=torch.float64)
        for outcome, mass in law.items():
            table[outcome >> moves.shift, outcome & ((1 << moves.shift) - 1)] = mass / WHOLE
        due = pi[s, :, None] * world.transitions[s]
        assert float((table - due).abs().max()) <= 2**-50
        assert torch.equal(table > 0, due > 0)
    begun = torch.zeros(world.n_states, dtype=torch.float64)
    for outcome, mass in first.items():
        begun[outcome] = mass / WHOLE
    assert float((begun - world.initial).abs().max()) <= 2**-50


def endless(seed=1):
    world = garnet(seed, n_states=3, end_probability=0.0)
    table = torch.rand(world.n_states, world.n_actions, generator=random(seed)).double() + 0.1
    return world, table / table.sum(1, keepdim=True)


def as_paths(found):
    states, actions = found.states.T.tolist(), found.actions.T.tolist()
    return [
        tuple((s[t], a[t], s[t + 1], False, False, t) for t in range(len(a)))
        for s, a in zip(states, actions, strict=True)
    ]


ROUTES = {
    "numpy": lambda *given: paths_by_blocks(*given, row_by_numpy),
    "torch": paths_by_torch,
    "as called": None,
}


def sampled(route, world, pi, generator):
    if ROUTES[route] is None:
        return sample_paths(world, pi, N, LENGTH, generator)
    return ROUTES[route](Moves.of(world, pi), N, LENGTH, generator)


@pytest.mark.parametrize("route", ROUTES)
def test_paths_have_their_exact_law(route):
    world, pi = endless()
    law = exact_law(world, pi, LENGTH, reset=False)
    assert distance(law, as_paths(sampled(route, world, pi, random()))) <= tolerance(N)


def test_paths_from_numpy_s_generator_have_it_too():
    world, pi = endless()
    found = sample_paths(world, pi, N, LENGTH, np.random.default_rng(0))
    assert distance(exact_law(world, pi, LENGTH, reset=False), as_paths(found)) <= tolerance(N)


@pytest.mark.parametrize("fault", ["policy", "transitions", "initial"])
def test_the_law_test_sees_a_fault(fault):
    world, pi = endless()
    law = exact_law(world, pi, LENGTH, reset=False)
    if fault == "policy":
        pi = pi.flip(1)
    elif fault == "transitions":
        world = dataclasses.replace(world, transitions=world.transitions.flip(2))
    else:
        world = dataclasses.replace(world, initial=world.initial.flip(0) * 0.5 + 0.5 / 3)
    assert distance(law, as_paths(sample_paths(world, pi, N, LENGTH, random()))) > tolerance(N)


@pytest.mark.parametrize("seed", range(3))
def test_all_routes_give_the_same_paths(seed):
    world, pi = garnet(seed, n_states=7, end_probability=0.1), None
    pi = torch.full((world.n_states, world.n_actions), 1 / world.n_actions).double()
    moves = Moves.of(world, pi)
    due = paths_by_torch(moves, 100, 9, random(seed))
    found = [paths_by_blocks(moves, 100, 9, random(seed), row_by_numpy)]
    if compiled_row() is not None:
        found.append(paths_by_blocks(moves, 100, 9, random(seed), compiled_row()))
    for paths in found:
        assert torch.equal(paths.states, due.states)
        assert torch.equal(paths.actions, due.actions)


def test_compiled_code_is_here():
    """Where numba is, it is used: the routes above are three and not two."""
    pytest.importorskip("numba")
    assert compiled_row() is not None


@pytest.mark.parametrize("n", [1, 6, 7, 8, 20])
def test_blocks_fill_every_column(n):
    world, pi = endless()
    moves = Moves.of(world, pi)
    rows = [row_by_numpy, *([compiled_row()] if compiled_row() else [])]
    found = [paths_by_blocks(moves, n, 5, np.random.default_rng(2), row, block=7) for row in rows]
    for paths in found:
        assert paths.states.shape == (6, n)
        assert torch.equal(paths.states, found[0].states)
        possible = world.transitions[
            paths.states[:-1].long(), paths.actions.long(), paths.states[1:].long()
        ]
        assert bool((possible > 0).all())


def test_a_terminal_state_is_not_left():
    world = garnet(2, n_states=4, end_probability=0.5)
    pi = torch.full((world.n_states, world.n_actions), 1 / world.n_actions).double()
    states = sample_paths(world, pi, 200, 20, random()).states.long()
    over = world.terminal[states]
    assert bool(over[-1].any())
    assert torch.equal(states[1:][over[:-1]], states[:-1][over[:-1]])


def test_a_dyadic_world_s_paths_never_take_what_is_impossible():
    world = dyadic()
    pi = dyadic_policy(world)
    found = sample_paths(world, pi, 2000, 5, random())
    states, actions = found.states.long(), found.actions.long()
    assert bool((pi[states[:-1], actions] > 0).all())
    assert bool((world.transitions[states[:-1], actions, states[1:]] > 0).all())


def test_a_state_alone_is_a_world():
    world = TabularMDP(
        transitions=torch.ones(1, 1, 1), rewards=torch.ones(1, 1), initial=[1.0], gamma=0.5
    )
    found = sample_paths(world, torch.ones(1, 1).double(), 3, 2, random())
    assert found.states.tolist() == [[0, 0, 0]] * 3
    assert found.actions.tolist() == [[0, 0, 0]] * 2


@pytest.mark.parametrize("make", [random, np.random.default_rng])
def test_the_generator_is_the_only_randomness_and_is_advanced(make):
    world, pi = endless()
    before = torch.random.get_rng_state()
    generator = make(3)
    one, two = (sample_paths(world, pi, 50, 9, generator) for _ in range(2))
    again = sample_paths(world, pi, 50, 9, make(3))
    assert torch.equal(one.states, again.states)
    assert not torch.equal(one.states, two.states)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_paths_lie_on_the_generator_s_device(device):
    world, pi = endless()
    found = sample_paths(world, pi, 50, 9, random(4, device))
    assert found.states.device.type == found.actions.device.type == device
    if device != "cuda":
        assert torch.equal(found.states.cpu(), sample_paths(world, pi, 50, 9, random(4)).states)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"n": 0}, "n: not at least 1"), ({"length": 0}, "length: not at least 1"),
     ({"generator": 0}, "generator: not a generator"), ({"pi": torch.ones(3, 2).double()}, "pi")],
)  # fmt: skip
def test_wrong_use_is_refused(change, said):
    world, pi = endless()
    given = {"world": world, "pi": pi, "n": 5, "length": 5, "generator": random()}
    with pytest.raises(InvalidArgument, match=said):
        sample_paths(**(given | change))
