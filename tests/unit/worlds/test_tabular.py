import dataclasses
import math

import numpy as np
import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import TabularMDP, _door, _graph
from rlcheck.worlds.gallery import garnet, vacuum_corridor
from tests.unit.worlds.paths import discounted_value

P = [
    [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]],
    [[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]],
    [[0.0, 0.0, 1.0]] * 2,
]
R = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
GIVEN = {
    "transitions": P,
    "rewards": R,
    "initial": [0.5, 0.5, 0.0],
    "gamma": 0.9,
    "terminal": [False, False, True],
}
PI = torch.tensor([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]], dtype=torch.float64)


def world(**overrides):
    return TabularMDP(**(GIVEN | overrides))


def with_row(row):
    table = torch.tensor(P, dtype=torch.float64)
    table[1, 0] = torch.tensor(row, dtype=torch.float64)
    return table


THIRDS_IN_FLOAT32 = torch.tensor([0.1, 0.2, 0.7], dtype=torch.float32).double()

# 0 ends at once; 1 never leaves 1.
TRAP = [[[0.0, 0.0, 1.0]] * 2, [[0.0, 1.0, 0.0]] * 2, [[0.0, 0.0, 1.0]] * 2]

# what is passed; what the message must name, show and recommend
REFUSED = {
    "sum": ({"transitions": with_row([0.5, 0.4, 0.0])}, "transitions[1, 0]", "0.4", "normalised"),
    "sum in float32": (
        {"transitions": with_row(THIRDS_IN_FLOAT32.tolist())},
        "transitions[1, 0]",
        "sum to",
        "float64",
    ),
    "negative": (
        {"transitions": with_row([1.5, -0.5, 0.0])},
        "transitions[1, 0, 1]",
        "-0.5",
        "at least 0",
    ),
    "negative in a terminal row": (
        {"transitions": [*P[:2], [[2.0, -1.0, 0.0]] * 2]},
        "transitions[2, 0, 1]",
        "-1.0",
        "at least 0",
    ),
    "nan probability": (
        {"transitions": with_row([math.nan, 1.0, 0.0])},
        "transitions[1, 0, 0]",
        "nan",
        "finite",
    ),
    "infinite reward": (
        {"rewards": [[1.0, 2.0], [3.0, math.inf], [5.0, 6.0]]},
        "rewards[1, 1]",
        "inf",
        "finite",
    ),
    "not square": (
        {"transitions": [[[0.5, 0.5, 0.0]] * 2] * 2},
        "transitions.shape",
        "(2, 2, 3)",
        "[S, A, S]",
    ),
    "no action axis": ({"transitions": np.eye(3)}, "transitions.shape", "(3, 3)", "[S, A, S]"),
    "empty": ({"transitions": np.zeros((0, 2, 0))}, "transitions.shape", "(0, 2, 0)", ">= 1"),
    "ragged": ({"transitions": [[[1.0], [0.5, 0.5]]]}, "transitions", "[0.5, 0.5]", "array"),
    "complex": ({"rewards": np.zeros((3, 2), complex)}, "rewards", "complex128", "float64"),
    "boolean": ({"rewards": np.zeros((3, 2), bool)}, "rewards", "bool", "float64"),
    "rewards [A, S]": ({"rewards": np.zeros((2, 3))}, "rewards.shape", "(2, 3)", "[S, A, S]"),
    "rewards [S]": ({"rewards": [0.0] * 3}, "rewards.shape", "(3,)", "(3, 2)"),
    "initial sum": ({"initial": [0.5, 0.25, 0.0]}, "initial", "0.75", "normalised"),
    "initial negative": ({"initial": [1.5, -0.5, 0.0]}, "initial[1]", "-0.5", "at least 0"),
    "initial shape": ({"initial": [0.5, 0.5]}, "initial.shape", "(2,)", "(3,)"),
    "initial nan": ({"initial": [math.nan, 1.0, 0.0]}, "initial[0]", "nan", "finite"),
    "initial terminal": ({"initial": [0.5, 0.0, 0.5]}, "initial", "states [2]", "zero there"),
    "gamma above": ({"gamma": 1.01}, "gamma", "1.01", "[0, 1]"),
    "gamma below": ({"gamma": -0.1}, "gamma", "-0.1", "[0, 1]"),
    "gamma nan": ({"gamma": math.nan}, "gamma", "nan", "[0, 1]"),
    "gamma without an end": (
        {"gamma": 1.0, "terminal": None},
        "gamma",
        "states [0, 1, 2]",
        "horizon",
    ),
    "gamma with a trap": (
        {"gamma": 1, "transitions": TRAP},
        "gamma",
        "states [1]",
        "transitions to a terminal state",
    ),
    "a time limit is no end": (
        {"gamma": 1.0, "terminal": None, "time_limit": 5},
        "gamma",
        "states [0, 1, 2]",
        "does not see",
    ),
    "horizon zero": ({"horizon": 0}, "horizon", "0", "at least 1, or None"),
    "horizon boolean": ({"horizon": True}, "horizon", "True", "at least 1"),
    "time limit negative": ({"time_limit": -1}, "time_limit", "-1", "at least 1"),
    "terminal indices": ({"terminal": [2]}, "terminal.dtype", "int64", "boolean mask"),
    "terminal floats": ({"terminal": [0.0, 0.0, 1.0]}, "terminal.dtype", "float64", "boolean"),
    "terminal shape": ({"terminal": [False, True]}, "terminal.shape", "(2,)", "(3,)"),
    "observations shape": (
        {"observations": np.eye(2)},
        "observations.shape",
        "(2, 2)",
        "(3, O >= 1)",
    ),
    "observations flat": (
        {"observations": [0.0, 1.0, 1.0]},
        "observations.shape",
        "(3,)",
        "[S, O]",
    ),
    "observations empty": (
        {"observations": np.zeros((3, 0))},
        "observations.shape",
        "(3, 0)",
        "O >= 1",
    ),
    "observations nan": (
        {"observations": np.full((3, 1), np.nan)},
        "observations[0, 0]",
        "nan",
        "finite",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_names_the_argument_its_value_and_what_to_pass(case):
    passed, name, value, instead = REFUSED[case]
    with pytest.raises(InvalidArgument) as caught:
        world(**passed)
    message = str(caught.value)
    assert message.startswith(name + ":"), message
    assert value in message
    assert instead in message.split("pass:")[1]


def test_what_the_refusals_vary_is_itself_accepted():
    assert world().n_states == 3


@pytest.mark.parametrize("value", [2.5, "3", math.nan, [3]])
def test_a_limit_that_is_no_integer_is_refused(value):
    with pytest.raises(InvalidArgument, match="horizon: not an integer"):
        _door.limit("horizon", value)


@pytest.mark.parametrize("value", ["0.9", None, True, [0.9]])
def test_a_discount_that_is_no_number_is_refused(value):
    with pytest.raises(InvalidArgument, match="gamma: not a number"):
        _door.discount("gamma", value)


@pytest.mark.parametrize("size", [1, 3, 7, 10, 100, 1000])
def test_rounding_in_the_callers_normalisation_is_forgiven_and_more_is_not(size):
    rows = torch.rand(200, size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rows = rows / rows.sum(-1, keepdim=True)
    _door.check_probabilities("x", rows, "[K]")
    with pytest.raises(InvalidArgument, match="sum to"):
        _door.check_probabilities("x", rows * (1 + 1e-11), "[K]")


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_lists_arrays_and_tensors_give_the_same_world(kind):
    made = TabularMDP(**{k: v if k == "gamma" else kind(v) for k, v in GIVEN.items()})
    assert made.transitions.tolist() == P
    assert made.rewards[:2].tolist() == [[[r] * 3 for r in row] for row in R[:2]]
    assert made.terminal.tolist() == GIVEN["terminal"]
    for name in ("transitions", "rewards", "initial", "observations"):
        assert getattr(made, name).dtype == torch.float64


def test_integers_and_numpy_numbers_are_taken_as_numbers():
    made = world(gamma=np.float64(0.5), horizon=np.int64(3), rewards=np.ones((3, 2), int))
    assert (made.gamma, made.horizon) == (0.5, 3)
    assert isinstance(made.horizon, int)
    assert made.rewards[0].tolist() == [[1.0] * 3] * 2


def test_defaults():
    made = world(terminal=None)
    assert not made.terminal.any()
    assert made.observations.tolist() == np.eye(3).tolist()
    assert (made.horizon, made.time_limit) == (None, None)
    assert (made.n_states, made.n_actions, made.obs_dim) == (3, 2, 3)


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_what_the_caller_changes_later_does_not_reach_the_world(kind):
    given = {
        "transitions": kind(P),
        "rewards": kind(R) if kind is torch.tensor else np.array(R),
        "initial": kind([0.5, 0.5, 0.0]),
        "terminal": kind([False, False, True]),
        "observations": kind([[1.0], [2.0], [3.0]]),
    }
    if kind is torch.tensor:  # already float64: the conversion alone would not copy
        given = {k: v if v.dtype == torch.bool else v.double() for k, v in given.items()}
        given["rewards"] = given["rewards"][:, :, None].repeat(1, 1, 3)
    made = world(**given)
    before = {name: getattr(made, name).clone() for name in given}
    for value in given.values():
        value[...] = 1
    for name, value in before.items():
        assert torch.equal(getattr(made, name), value), name


def test_a_world_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        world().gamma = 0.5


def test_gradients_of_the_callers_tensors_are_left_behind():
    rewards = torch.tensor(R, dtype=torch.float64, requires_grad=True)
    assert not world(rewards=rewards).rewards.requires_grad


def test_rows_of_terminal_states_are_absorbing_and_pay_nothing_whatever_was_passed():
    junk = [*P[:2], [[0.0, 0.0, 0.0], [7.0, 1.0, 0.0]]]
    made = world(transitions=junk)
    assert made.transitions[2].tolist() == [[0.0, 0.0, 1.0]] * 2
    assert made.rewards[2].tolist() == [[0.0] * 3] * 2
    assert made.transitions[:2].tolist() == P[:2]
    assert made.rewards[0, 1, 2] == R[0][1]  # what leads to an end still pays


def test_gamma_one_is_accepted_where_an_end_is_in_reach_or_the_horizon_finite():
    assert world(gamma=1).gamma == 1.0
    assert world(gamma=1, terminal=None, horizon=4).horizon == 4


def test_fully_observed_looks_at_states_that_are_not_terminal():
    assert world().fully_observed
    assert not vacuum_corridor().fully_observed
    assert world(observations=[[0.0], [1.0], [1.0]]).fully_observed
    assert not world(observations=[[1.0], [1.0], [0.0]]).fully_observed


def test_replace_validates_again():
    assert dataclasses.replace(world(), gamma=0.5).gamma == 0.5
    with pytest.raises(InvalidArgument, match="gamma"):
        dataclasses.replace(world(), gamma=2.0)


LINE = {  # 0 -> 1 or 2; 1 -> 1 or 3; 2 -> 2; 3 ends
    "transitions": torch.eye(4)[torch.tensor([[1, 2], [1, 3], [2, 2], [3, 3]])].double(),
    "rewards": np.zeros((4, 2)),
    "initial": [1.0, 0.0, 0.0, 0.0],
    "gamma": 0.9,
    "terminal": [False, False, False, True],
}


@pytest.mark.parametrize(
    ("rows", "visited", "proper"),
    [
        ([[1, 0], [0, 1]], [0, 1, 3], True),
        ([[1, 0], [1 - 1e-300, 1e-300]], [0, 1, 3], True),
        ([[1, 0], [1, 0]], [0, 1], False),
        ([[0, 1], [0, 1]], [0, 2], False),
        ([[0.5, 0.5], [0, 1]], [0, 1, 2, 3], False),
    ],
)
def test_a_policy_is_proper_where_an_end_is_reached_from_all_that_it_visits(rows, visited, proper):
    line = TabularMDP(**LINE)
    pi = torch.tensor([*rows, [0.5, 0.5], [0.5, 0.5]], dtype=torch.float64)
    assert torch.nonzero(line.reachable(pi)).flatten().tolist() == visited
    assert line.is_proper(pi) is proper
    assert dataclasses.replace(line, horizon=3).is_proper(pi)
    assert dataclasses.replace(line, time_limit=3).is_proper(pi) is proper


def test_reachable_under_any_policy():
    assert TabularMDP(**LINE).reachable().all()
    from_one = dataclasses.replace(TabularMDP(**LINE), initial=torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert from_one.reachable().tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("pi", "message"),
    [
        (PI[:2], r"pi\.shape: wrong shape"),
        (PI * 0.5, r"pi\[0\]: probabilities sum to 0\.5"),
        (torch.tensor([[1.5, -0.5]] * 3, dtype=torch.float64), r"pi\[0, 1\]: a probability is neg"),
        (PI * math.nan, r"pi\[0, 0\]: not finite"),
    ],
)
def test_a_policy_table_is_checked(pi, message):
    world().check_policy(PI)
    with pytest.raises(InvalidArgument, match=message):
        world().check_policy(pi)
    with pytest.raises(InvalidArgument, match=message):
        world().is_proper(pi)


def test_closure_follows_edges_forwards_only():
    edges = torch.tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]]).bool()
    for first, reached in ((0, [0, 1, 2]), (1, [1, 2]), (2, [2])):
        start = torch.arange(3) == first
        assert torch.nonzero(_graph.closure(start, edges)).flatten().tolist() == reached


def value_by_recursion(made, pi):
    """V at t = 0 of a finite horizon, backwards in time: another route than unrolling."""
    value = torch.zeros(made.n_states, dtype=torch.float64)
    for _ in range(made.horizon):
        q = torch.einsum("sax,sax->sa", made.transitions, made.rewards + made.gamma * value)
        value = (pi * q).sum(1).masked_fill(made.terminal, 0.0)
    return value


@pytest.mark.parametrize("seed", range(10))
def test_with_time_is_the_same_problem_without_a_horizon(seed):
    made = garnet(seed, n_states=3, horizon=4, gamma=1.0, end_probability=0.2, n_observations=2)
    unrolled = made.with_time()
    pi = torch.rand(made.n_states, 2, dtype=torch.float64, generator=torch.manual_seed(seed))
    pi = pi / pi.sum(1, keepdim=True)
    value = discounted_value(unrolled, pi.repeat(5, 1))[: made.n_states]
    assert (value - value_by_recursion(made, pi)).norm() <= 1e-13 * value.norm()
    assert unrolled.horizon is None
    assert unrolled.is_proper(pi.repeat(5, 1))
    assert unrolled.fully_observed
    assert not made.fully_observed
    assert unrolled.terminal.sum() == 4 + made.n_states


def test_with_time_needs_a_horizon():
    with pytest.raises(InvalidArgument, match="horizon: nothing to unroll"):
        world().with_time()


def test_to_keeps_everything():
    made = garnet(3, time_limit=4, end_probability=0.5, n_observations=2)
    moved = made.to("cpu")
    for field in dataclasses.fields(made):
        a, b = getattr(made, field.name), getattr(moved, field.name)
        assert torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


def test_to_moves_every_tensor(device):
    moved = garnet(3, end_probability=0.5, n_observations=2).to(device)
    for name in ("transitions", "rewards", "initial", "terminal", "observations"):
        assert getattr(moved, name).device.type == device
    assert moved.is_proper(torch.full((5, 2), 0.5, dtype=torch.float64))
