"""The abbreviations that the chapters share."""

from typing import Any

from sympy import S

from derivations.language.binders import Expectation, TimeSum
from derivations.language.functionals import (
    ActionValue,
    Advantage,
    Objective,
    Return,
    TrajectoryProbability,
    Value,
)
from derivations.language.operators import Gradient, Log
from derivations.language.terms import (
    THETA,
    ActionAt,
    StateAt,
    T,
    gamma,
    k,
    pi_at,
    reward_at,
    t,
)

PROBABILITY = TrajectoryProbability(THETA, T)
SCORE = Gradient(Log(pi_at(THETA, t)))
SCORES = TimeSum(t, 0, T - 1, SCORE)
RETURN = Return(S.One)
DISCOUNTED_RETURN = Return(gamma)
J = Objective(THETA, S.One)
J_DISCOUNTED = Objective(THETA, gamma)
TO_GO = TimeSum(k, t, T - 1, gamma**k * reward_at(k))
"""Σ_{k ≥ t} γᵏ r_k: the rewards from t on, discounted to time zero."""


def steps(body: Any) -> TimeSum:
    """Σ_{t=0}^{T−1} body."""
    return TimeSum(t, 0, T - 1, body)


def mean(body: Any) -> Expectation:
    """E_{τ ∼ π_θ}[body]."""
    return Expectation(THETA, body)


def value_at(policy: Any, time: Any, discount: Any = gamma) -> Value:
    """V_t(s_t)."""
    return Value(policy, discount, StateAt(time), time)


def q_at(policy: Any, time: Any, discount: Any = gamma) -> ActionValue:
    """Q_t(s_t, a_t)."""
    return ActionValue(policy, discount, StateAt(time), ActionAt(time), time)


def advantage_at(policy: Any, time: Any, discount: Any = gamma) -> Advantage:
    """A_t(s_t, a_t)."""
    return Advantage(policy, discount, StateAt(time), ActionAt(time), time)
