"""Rules for means over trajectories: what is known when an action is drawn, and what follows it."""

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Mul, Pow, S, expand

from derivations.language import functionals, operators, terms
from derivations.language.binders import TimeSum, TrajectorySum
from derivations.language.facts import Facts, known_at_most
from derivations.language.functionals import TrajectoryProbability
from derivations.language.normal import opened, with_body
from derivations.language.past import depends_only_on_past
from derivations.language.rules.base import LocalRule
from derivations.language.terms import ActionAt, Pi, StateAt, T


@dataclass(frozen=True)
class ScoreMeanZero(LocalRule):
    """E[∇log π(a_t | s_t) f] = 0 where f depends on s_0, a_0, ..., s_t only, and 0 ≤ t < T.

    Given the past, a_t has the law π(· | s_t), and Σ_a ∇π(a | s_t) = 0.
    """

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TrajectorySum) or expr.length != T:
            return None
        factors = list(Mul.make_args(expr.body))
        weight = TrajectoryProbability(terms.THETA, T)
        scores = [f for f in factors if isinstance(f, operators.Gradient)]
        if weight not in factors or len(scores) != 1:
            return None
        law = scores[0].body
        if not (isinstance(law, Pi) and isinstance(law.action, ActionAt)):
            return None
        if law != terms.pi_at(terms.THETA, law.action.time):
            return None
        time = law.action.time
        rest = expr.body * law / (weight * scores[0])
        if not (known_at_most(0, time, facts) and known_at_most(time, T - 1, facts)):
            return None
        return S.Zero if depends_only_on_past(rest, time, "state", facts) else None


@dataclass(frozen=True)
class ReturnToValue(LocalRule):
    """The law of total expectation: given s_t and a_t, the rewards to come have the mean Q.

    E[f Σ_{k=t}^{T−1} γᵏ r_k] = γᵗ E[f Q_t(s_t, a_t)], where f depends on s_0, ..., s_t, a_t only.
    """

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TimeSum):
            return None
        outer = opened(expr)
        known = (*facts, expand(outer.index - outer.first), expand(outer.last - outer.index))
        new = self._inside(outer.body, known)
        return None if new is None else with_body(outer, new)

    def _inside(self, body: Expr, facts: Facts) -> Expr | None:
        """A sum over k of means: Σ_{k=t}^{T−1} γᵏ E[f r_k], as the normal form has it."""
        for factor in Mul.make_args(body):
            if isinstance(factor, TimeSum):
                mean = self._mean_of_rewards(opened(factor), facts)
                if mean is not None:
                    return body / factor * mean
        return None

    def _mean_of_rewards(self, inner: Any, facts: Facts) -> Expr | None:
        k, t, last, body = inner.args
        if expand(last - T + 1) != 0 or not known_at_most(0, t, facts):
            return None
        if not known_at_most(t, T - 1, facts):
            return None
        factors = Mul.make_args(body)
        means = [f for f in factors if isinstance(f, TrajectorySum)]
        if len(means) != 1 or means[0].length != T:
            return None
        discounts = body / means[0]
        gamma = discounts.base if isinstance(discounts, Pow) else S.One
        if k in gamma.free_symbols or expand(discounts - gamma**k) != 0:
            return None
        return self._replaced(means[0], k, t, gamma, facts)

    def _replaced(
        self, mean: TrajectorySum, k: Expr, t: Expr, gamma: Expr, facts: Facts
    ) -> Expr | None:
        reward = terms.reward_at(k)
        weights = [f for f in Mul.make_args(mean.body) if isinstance(f, TrajectoryProbability)]
        if len(weights) != 1 or weights[0].length != T:
            return None
        rest = mean.body / weights[0] / reward
        if k in rest.free_symbols or not depends_only_on_past(rest, t, "action", facts):
            return None
        policy = weights[0].policy
        value = functionals.ActionValue(policy, gamma, StateAt(t), ActionAt(t), t)
        return gamma**t * TrajectorySum(T, weights[0] * rest * value)
