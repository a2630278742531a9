"""V, Q, A, J, occupancies: closed forms, shapes, terminal states, and policies that never end."""

import dataclasses
import math

import pytest
import torch

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.exact import floors
from rlcheck.exact.chain import surely_ending_states
from rlcheck.worlds import TabularMDP

EVENLY = torch.full((3, 2), 0.5, dtype=torch.float64)


def _ladder(leave: float, gamma: float = 1.0, **options) -> TabularMDP:
    """Action 0 pays one and leaves with probability `leave`; action 1 falls into the pit, state 1.

    The pit is a trap unless action 0 is taken there, which ends the episode.
    """
    stay = [1 - leave, 0.0, leave]
    return TabularMDP(
        transitions=[
            [stay, [0.0, 1.0, 0.0]],
            [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
            [[0.0, 0.0, 1.0]] * 2,
        ],
        rewards=[[1.0, 0.0], [0.0, 0.0], [5.0, 5.0]],
        initial=[1.0, 0.0, 0.0],
        gamma=gamma,
        terminal=[False, False, True],
        **options,
    )


ALWAYS_FIRST = torch.tensor([[1.0, 0.0]] * 3, dtype=torch.float64)
TRAPPED = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)


@pytest.mark.parametrize("leave", [1.0, 0.1, 1e-9])
@pytest.mark.parametrize("gamma", [0.0, 0.9, 1.0])
def test_a_geometric_ladder_has_its_closed_form(leave, gamma):
    world = _ladder(leave, gamma)
    continuing = gamma * float(world.transitions[0, 0, 0])
    value = 1 / (1 - continuing)
    # 1 - continuing is itself rounded once; beyond that the solve's own floor.
    assert float(exact.objective(world, ALWAYS_FIRST)) == pytest.approx(value, rel=1e-15, abs=0)
    assert float(exact.occupancy(world, ALWAYS_FIRST)[0]) == pytest.approx(value, rel=1e-15, abs=0)
    assert floors.condition_number(world, ALWAYS_FIRST) == pytest.approx(value, rel=1e-15, abs=0)


def test_a_finite_horizon_counts_its_steps_and_a_time_limit_does_not_count():
    world = _ladder(0.1, 0.5, horizon=3, time_limit=1)
    expected = [sum(0.45**k for k in range(steps)) for steps in (3, 2, 1)]
    values = exact.state_values(world, ALWAYS_FIRST)
    assert values.shape == (3, 3)
    assert values[:, 0].tolist() == pytest.approx(expected, rel=1e-15, abs=0)
    assert exact.action_values(world, ALWAYS_FIRST)[2].tolist() == [[1, 0], [0, 0], [0, 0]]
    assert exact.state_law(world, ALWAYS_FIRST)[:, 0].tolist() == pytest.approx([1, 0.9, 0.81])
    assert not exact.state_law(world, ALWAYS_FIRST, 5)[3:].any()


def test_terminal_states_have_no_value_and_no_occupancy():
    for options in ({}, {"horizon": 4}):
        world = _ladder(0.5, **options)
        for table in (exact.state_values, exact.occupancy):
            assert not table(world, EVENLY)[..., 2].any()
        assert not exact.action_values(world, EVENLY)[..., 2, :].any()
        assert not exact.state_law(world, EVENLY, 4)[:, 2].any()
        assert not exact.slot_law(world, EVENLY, 4, segments=True)[..., 2].any()


@pytest.mark.parametrize(
    "quantity",
    [
        exact.state_values,
        exact.action_values,
        exact.advantages,
        exact.objective,
        exact.occupancy,
        lambda world, pi: exact.occupancy(dataclasses.replace(world, gamma=0.9), pi, False),
    ],
)
def test_without_discount_a_policy_that_never_ends_is_refused(quantity):
    stuck = torch.tensor([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    with pytest.raises(InvalidArgument, match=r"may never end from the states \[0, 1\]"):
        quantity(_ladder(0.5), stuck)


def test_a_trap_out_of_reach_spoils_nothing_but_the_action_that_leads_there():
    world = _ladder(0.5)
    assert surely_ending_states(world, TRAPPED).tolist() == [True, False, True]
    assert exact.state_values(world, TRAPPED).tolist() == pytest.approx([2, 0, 0], rel=1e-15, abs=0)
    assert exact.occupancy(world, TRAPPED).tolist() == pytest.approx([2, 0, 0], rel=1e-15, abs=0)
    with pytest.raises(InvalidArgument, match="an action value"):
        exact.action_values(world, TRAPPED)


def test_a_discount_or_a_horizon_makes_a_policy_that_never_ends_harmless():
    stuck = torch.tensor([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    for world in (_ladder(0.5, 0.9), _ladder(0.5, horizon=7)):
        assert torch.isfinite(exact.action_values(world, stuck)).all()
        assert torch.isfinite(exact.occupancy(world, stuck)).all()


@pytest.mark.parametrize(
    "table",
    [EVENLY[:2], EVENLY + 1e-9, EVENLY * math.nan, EVENLY * torch.tensor([3.0, -1.0]).double()],
    ids=["shape", "sum", "nan", "negative"],
)
@pytest.mark.parametrize(
    "quantity",
    [
        exact.state_values,
        exact.occupancy,
        exact.state_law,
        exact.slot_law,
        exact.enumerate_episodes,
    ],
)
def test_a_table_that_is_no_policy_is_refused(quantity, table):
    with pytest.raises(ValueError, match="pi"):
        quantity(_ladder(0.5, horizon=2), table)


def test_laws_without_a_length_need_a_longest_episode():
    with pytest.raises(InvalidArgument, match="length"):
        exact.state_law(_ladder(0.5), EVENLY)
    with pytest.raises(InvalidArgument, match="length"):
        exact.slot_law(_ladder(0.5), EVENLY)
    with pytest.raises(InvalidArgument, match="length"):
        exact.slot_law(_ladder(0.5, horizon=2), EVENLY, segments=True)


def test_every_slot_of_a_segment_is_real_and_time_fits_the_advantages():
    world = _ladder(0.5, horizon=4, time_limit=3)
    law = exact.slot_law(world, EVENLY, 6, segments=True)
    assert law.shape == (6, 3, 3)
    assert law.sum((1, 2)).tolist() == pytest.approx([1.0] * 6, rel=1e-14, abs=0)
    assert (exact.advantages(world, EVENLY)[:3] * law.sum(0)[..., None]).shape == (3, 3, 2)


def test_gradients_flow_through_values_occupancies_and_laws():
    logits = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    for world in (_ladder(0.5), _ladder(0.5, horizon=3)):
        pi = torch.softmax(logits, -1)
        for quantity in (
            exact.objective(world, pi),
            exact.occupancy(world, pi).sum(),
            exact.state_law(world, pi, 3).sum(),
            exact.slot_law(world, pi, 3)[-1].sum(),
        ):
            (slope,) = torch.autograd.grad(quantity, logits, retain_graph=True)
            assert slope[0].abs().max() > 0
