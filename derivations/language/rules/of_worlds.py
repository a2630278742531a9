"""Rules for worlds: laws that sum to one, definitions, trajectories one step longer."""

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Mul, S, expand

from derivations.language import binders, functionals, operators, terms
from derivations.language.binders import TimeSum, TrajectorySum
from derivations.language.facts import Facts, known_at_most
from derivations.language.functionals import TrajectoryProbability
from derivations.language.normal import depends_on_trajectory
from derivations.language.past import depends_only_on_past
from derivations.language.rules.base import LocalRule
from derivations.language.terms import ActionAt, Pi, StateAt, T
from derivations.language.unfolding import unfolded_probability


@dataclass(frozen=True)
class Normalise(LocalRule):
    """Σ_a π(a|s) = Σ_s' P(s'|s,a) = Σ_s μ(s) = Σ_x p(x) = 1, hence Σ_a ∇π(a|s) = 0."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, binders.VariableSum):
            return None
        variable, body = expr.args
        whole = {
            binders.ActionSum: (Pi, 1),
            binders.StateSum: ((terms.Dynamics, terms.Initial), 0),
            binders.OutcomeSum: (terms.Law, 1),
        }[type(expr)]
        law, place = whole
        if isinstance(body, operators.Gradient):
            if isinstance(expr, binders.ActionSum) and self._is_law(body.body, Pi, 1, variable):
                return S.Zero
            return None
        return S.One if self._is_law(body, law, place, variable) else None

    def _is_law(self, body: Any, law: Any, place: int, variable: Any) -> bool:
        """A law of the variable, given what does not contain it."""
        if not isinstance(body, law) or body.args[place] != variable:
            return False
        return not any(
            variable in part.free_symbols for i, part in enumerate(body.args) if i != place
        )


@dataclass(frozen=True)
class Unfold(LocalRule):
    """A definition: `what` is P(τ), R(τ), J or A."""

    what: type

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, self.what):
            return None
        if isinstance(expr, TrajectoryProbability):
            return unfolded_probability(expr)
        if isinstance(expr, functionals.Return):
            t = terms.t
            return TimeSum(t, 0, T - 1, expr.discount**t * terms.reward_at(t))
        if isinstance(expr, functionals.Objective):
            return binders.Expectation(expr.policy, functionals.Return(expr.discount))
        if isinstance(expr, functionals.Advantage):
            policy, discount, state, _, *time = expr.args
            value = functionals.Value(policy, discount, state, *time)
            return functionals.ActionValue(*expr.args) - value
        return None


@dataclass(frozen=True)
class LastStep(LocalRule):
    """The sum over the last action and state done first: trajectories of L + 1 steps, L ≥ 0.

    Σ_τ P(τ) f = Σ_τ' P(τ') Σ_a π(a | s_L) Σ_s' P(s' | s_L, a) f with a_L = a, s_{L+1} = s'.
    """

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TrajectorySum) or not known_at_most(1, expr.length, facts):
            return None
        last = expand(expr.length - 1)
        weights = [f for f in Mul.make_args(expr.body) if isinstance(f, TrajectoryProbability)]
        if len(weights) != 1 or expand(weights[0].length - expr.length) != 0:
            return None
        rest = expr.body / weights[0]
        if not depends_only_on_past(rest, expr.length, "state", facts):
            return None
        return self._with_last_step(weights[0].policy, last, rest)

    def _with_last_step(self, policy: Any, last: Expr, rest: Expr) -> Expr | None:
        a, s = terms.a, terms.s_next
        if {a, s} & rest.free_symbols or rest.has(TimeSum, binders.TimeProduct):
            return None
        times = {part.args[0] for part in rest.atoms(StateAt, ActionAt)}
        if not all(expand(time - last).is_integer for time in times):
            return None
        here = rest.xreplace({ActionAt(last): a, StateAt(expand(last + 1)): s})
        step = binders.StateSum(s, terms.Dynamics(s, StateAt(last), a) * here)
        choice = binders.ActionSum(a, Pi(policy, a, StateAt(last)) * step)
        return TrajectorySum(last, TrajectoryProbability(policy, last) * choice)


@dataclass(frozen=True)
class NoSteps(LocalRule):
    """A trajectory of no steps is its first state: Σ_τ P(τ) f(s_0) = Σ_s μ(s) f(s)."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TrajectorySum) or expr.length != 0:
            return None
        s = terms.s
        here = expr.body.replace(
            lambda part: isinstance(part, TrajectoryProbability) and part.length == 0,
            lambda part: terms.Initial(s),
        ).xreplace({StateAt(S.Zero): s})
        if s in expr.free_symbols or depends_on_trajectory(here):
            return None
        return binders.StateSum(s, here)


@dataclass(frozen=True)
class TotalProbability(LocalRule):
    """Σ_τ P(τ) = 1, for every length: the result `trajectory-probabilities`."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TrajectorySum):
            return None
        body = expr.body
        whole = isinstance(body, TrajectoryProbability) and body.length == expr.length
        return S.One if whole else None
