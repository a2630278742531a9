"""Results about one problem: what is refused in it, and that it is the world of the toolkit."""

from dataclasses import replace

import pytest
import torch
from sympy import Rational, S

from derivations.aliasing import ALWAYS_RIGHT, BEST_COIN, GAP, corridor
from derivations.language.check import check, check_line
from derivations.language.label import Label
from derivations.language.operators import Gradient, Log
from derivations.language.refusal import Refused
from derivations.language.statement import equal
from derivations.language.terms import THETA, Pi, gamma, rho
from rlcheck.worlds.gallery import vacuum_corridor
from tests.derivations.independent.truth import true_on

PROBLEM = BEST_COIN.problem
CELLS = range(5)


def test_it_is_the_corridor_of_the_toolkit():
    world = vacuum_corridor()
    for cell in CELLS:
        if cell == 2:
            continue
        for action in range(2):
            row = torch.tensor([float(p) for p in PROBLEM.dynamics[cell][action]])
            assert torch.equal(row.double(), world.transitions[cell, action])
            reward = float(PROBLEM.reward[cell][action])
            assert (world.rewards[cell, action] == reward).all()
    assert [float(p) for p in PROBLEM.initial] == world.initial.tolist()
    assert world.terminal.tolist() == [cell == 2 for cell in CELLS]


def test_it_is_labelled_as_one_problem():
    checked = check(BEST_COIN)
    assert checked.label is Label.PROBLEM
    assert checked.reach.endswith("vacuum cleaner's corridor")


def test_it_cannot_be_cited_as_if_it_held_everywhere():
    with pytest.raises(Refused, match="conditions"):
        _ = BEST_COIN.conclusion


@pytest.mark.parametrize("number", [0, 1])
def test_in_every_world_it_does_not_hold(number):
    with pytest.raises(Refused):
        check_line(replace(BEST_COIN, problem=None), number)


@pytest.mark.parametrize("expr", [Gradient(Pi(THETA, S.One, S.One)), Log(Pi(THETA, S.One, S.One))])
def test_what_takes_free_slopes_or_positive_probabilities_is_refused(expr):
    line = equal(2 * expr - expr + S.Zero * gamma + expr - expr, "", "")
    with pytest.raises(Refused):
        check_line(replace(BEST_COIN, start=2 * expr, lines=(line,)), 0)


def test_without_aliasing_nothing_is_lost():
    """Right in cell 1 and left in cell 3: one step from either side."""
    seeing = list(PROBLEM.policy)
    seeing[1], seeing[3] = (S.Zero, S.One), (S.One, S.Zero)
    full = replace(ALWAYS_RIGHT, problem=corridor(tuple(seeing), tuple(seeing)))
    one_step = equal(S.NegativeOne, "", "")
    assert check_line(replace(full, lines=(one_step,)), 0)
    with pytest.raises(Refused):
        check_line(replace(BEST_COIN, lines=(one_step,)), 0)


@pytest.mark.parametrize("wrong", [rho / 2, Rational(1, 3)])
def test_another_coin_is_worth_less(wrong):
    rows = list(PROBLEM.policy)
    rows[1] = rows[3] = (1 - wrong, wrong)
    other = replace(GAP, problem=corridor(tuple(rows), GAP.problem.old))
    with pytest.raises(Refused):
        check_line(other, 0)
    assert not true_on(other, other.statement(0), 1, (5, 2, 1))
