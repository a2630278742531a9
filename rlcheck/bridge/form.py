"""What a bridge is: a result, where its symbols get their numbers, and the code that must agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from sympy import Expr, Symbol
from torch import Tensor

from derivations.language.sheet import Bindings
from derivations.language.statement import Derivation, Induction
from derivations.language.terms import THETA
from rlcheck.bridge.case import Case, Tables
from rlcheck.worlds import Rollout

OPERATIONS = 48
"""Roundings of one contribution on its way through network, log-softmax, ratio and products."""


def every_rollout(case: Case) -> int:
    """Roundings of a contribution to a sum over all rollouts, or to a recursion in its place.

    Their number, one addition each; 6 T for the factors of a probability, a discount and a credit;
    `OPERATIONS`. A recursion adds S + A terms a step and is passed twice by autograd: fewer.
    """
    rollouts = case.states ** (case.steps + 1) * case.actions**case.steps
    return rollouts + OPERATIONS + 6 * case.steps


def no_floor(case: Case) -> float:
    """Nothing beyond what the formula's own magnitude bounds."""
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Route:
    """Code that computes a side of a result.

    Args:
        code: dotted names of the functions of rlcheck that do it, the first one above all.
        compute: case -> the value for every choice of the quantified variables, gradients flat.
        sides: which sides it is, counted from the first line; empty for all.
        claimed: which of the choices have a value; None for all.
        roundings: of one contribution.
        floor: absolute, where the code's rounding is not that of a sum of contributions.
    """

    code: tuple[str, ...]
    compute: Callable[[Case], Tensor]
    sides: tuple[int, ...] = ()
    claimed: Callable[[Case], Tensor] | None = None
    roundings: Callable[[Case], int] = every_rollout
    floor: Callable[[Case], float] = no_floor


@dataclass(frozen=True, kw_only=True)
class Estimator:
    """Code that computes one number, or one gradient, from a rollout: a side is its mean.

    Args:
        code: dotted names of the functions that do it.
        body: the same as an expression of one trajectory; its variance is the exact one.
        statistic: (case, rollout [T, N]) -> [N] or [N, P].
        sampler: the policy that the rollouts are of.
        sides: which sides are its mean; empty for all.
    """

    code: tuple[str, ...]
    body: Expr
    statistic: Callable[[Case, Rollout], Tensor]
    sampler: Symbol = THETA
    sides: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Code that estimates a side from draws of a law, where there is no trajectory.

    Args:
        code: dotted names of the functions that do it.
        draw: (case, how many, generator) -> [n], one estimate a draw.
        mean: the side that they estimate.
        variance: of the result whose last line is the exact variance of one draw.
        bindings: of that result's region.
    """

    code: tuple[str, ...]
    draw: Callable[[Case, int, torch.Generator], Tensor]
    mean: int
    variance: Expr
    bindings: Bindings = ()


def no_constants(case: Case) -> Mapping[Symbol, float]:
    """γ alone, which every case has."""
    return {}


def no_tables(case: Case) -> Tables:
    """No arbitrary function."""
    return {}


def as_it_is(case: Case) -> Case:
    """The case that was drawn."""
    return case


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """A result of `derivations` held against the code.

    Args:
        result: the result.
        at: where in the result's range it is held, for one that is held in several places.
        routes: code whose value a side is.
        estimators: code whose mean over rollouts a side is.
        sampled: code whose mean over other draws a side is.
        prepare: what the result asks of a case: θ = θ_old, full support.
        constants: symbol -> number.
        tables: what its arbitrary functions are; tensors that the routes read, too.
        bindings: of the region in which it is read.
        directions: [K, P], along which ∇ is taken in place of the P parameters; None for these.
    """

    result: Derivation | Induction
    at: str = ""
    routes: tuple[Route, ...] = ()
    estimators: tuple[Estimator, ...] = ()
    sampled: tuple[Sampled, ...] = ()
    prepare: Callable[[Case], Case] = as_it_is
    constants: Callable[[Case], Mapping[Symbol, float]] = no_constants
    tables: Callable[[Case], Tables] = no_tables
    bindings: Bindings = ()
    directions: Callable[[Case], Tensor] | None = None

    @property
    def name(self) -> str:
        """The result's, with the place where it is held."""
        return f"{self.result.name} ({self.at})" if self.at else self.result.name


@dataclass(frozen=True, kw_only=True)
class NoBridge:
    """A result without a number that the code computes.

    Args:
        result: its name.
        reason: why, by language.
    """

    result: str
    reason: Mapping[str, str]
