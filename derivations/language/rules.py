"""The rules by which a step is proved whatever the sizes. Few, each tested and mutated itself.

A rule takes an expression and gives what it may be replaced by. It must hold in every world in
which the facts hold; what it does not recognise it leaves alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sympy import Expr, Mul, Pow, S, expand

from derivations.language import binders, functionals, operators, terms
from derivations.language.binders import TimeSum, TrajectorySum
from derivations.language.facts import Facts, known_at_most
from derivations.language.functionals import TrajectoryProbability
from derivations.language.node import Node
from derivations.language.normal import depends, depends_on_trajectory, normal, opened, with_body
from derivations.language.past import depends_only_on_past
from derivations.language.rewriting import rewritten
from derivations.language.statement import Kind, Statement
from derivations.language.terms import ActionAt, Pi, StateAt, T
from derivations.language.unfolding import unfolded_probability


class Rule(Protocol):
    """Gives what an expression may be replaced by."""

    def rewrites(self, expr: Expr, facts: Facts) -> Iterator[Expr]:
        """Every result of the rule, at one place or at all."""
        ...


class LocalRule:
    """A rule that looks at one node at a time."""

    def rewrites(self, expr: Expr, facts: Facts) -> Iterator[Expr]:
        yield from rewritten(expr, self.local, facts)

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        raise NotImplementedError


@dataclass(frozen=True)
class IndexShift(LocalRule):
    """Σ_{i=a}^{b} f(i) = Σ_{i=a+by}^{b+by} f(i − by)."""

    by: Any

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TimeSum):
            return None
        index, first, last, body = opened(expr).args
        shifted = body.xreplace({index: index - self.by})
        return TimeSum(index, first + self.by, last + self.by, shifted)


@dataclass(frozen=True)
class FirstTerm(LocalRule):
    """Σ_{i=a}^{b} f(i) = f(a) + Σ_{i=a+1}^{b} f(i), where a ≤ b is known."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TimeSum) or not known_at_most(expr.first, expr.last, facts):
            return None
        index, first, last, body = opened(expr).args
        return body.xreplace({index: first}) + TimeSum(index, first + 1, last, body)


@dataclass(frozen=True)
class LastTerm(LocalRule):
    """Σ_{i=a}^{b} f(i) = Σ_{i=a}^{b−1} f(i) + f(b), where a ≤ b is known."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TimeSum) or not known_at_most(expr.first, expr.last, facts):
            return None
        index, first, last, body = opened(expr).args
        return TimeSum(index, first, last - 1, body) + body.xreplace({index: last})


@dataclass(frozen=True)
class EmptySum(LocalRule):
    """Σ_{i=a}^{a−1} f(i) = 0."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        empty = isinstance(expr, TimeSum) and expand(expr.last - expr.first) == -1
        return S.Zero if empty else None


@dataclass(frozen=True)
class SplitAt(LocalRule):
    """Σ_{i=a}^{b} f = Σ_{i=a}^{c−1} f + Σ_{i=c}^{b} f, where a ≤ c ≤ b + 1 is known.

    `at` is the time c, or None for the index of the sum that encloses this one.
    """

    at: Any = None

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if self.at is None:
            return self._at_enclosing(expr, facts)
        return self._split(expr, self.at, facts) if isinstance(expr, TimeSum) else None

    def _at_enclosing(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TimeSum):
            return None
        outer = opened(expr)
        known = (*facts, expand(outer.index - outer.first), expand(outer.last - outer.index))
        for inner in sorted(outer.body.atoms(TimeSum), key=str):
            parts = self._split(inner, outer.index, known)
            if parts is not None:
                return with_body(outer, expand(outer.body.xreplace({inner: parts})))
        return None

    def _split(self, expr: Any, at: Expr, facts: Facts) -> Expr | None:
        first, last = expr.first, expr.last
        if not (known_at_most(first, at, facts) and known_at_most(at, last + 1, facts)):
            return None
        index, _, _, body = opened(expr).args
        return TimeSum(index, first, at - 1, body) + TimeSum(index, at, last, body)


@dataclass(frozen=True)
class Exchange(LocalRule):
    """Two finite sums in the other order; over a triangle i ≤ k with the limits that belong to it.

    Σ_i Σ_k f = Σ_k Σ_i f where no limit depends on the other index, and
    Σ_{i=a}^{b} Σ_{k=i}^{b} f = Σ_{k=a}^{b} Σ_{i=a}^{k} f, in both directions.
    """

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, binders.VariableSum | TimeSum | TrajectorySum):
            return None
        outer = opened(expr)
        for factor in Mul.make_args(outer.body):
            if isinstance(factor, binders.VariableSum | TimeSum | TrajectorySum):
                rest = outer.body / factor
                result = self._exchanged(outer, opened(factor), rest)
                if result is not None:
                    return result
        return None

    def _exchanged(self, outer: Any, inner: Any, rest: Expr) -> Expr | None:
        if isinstance(inner, TrajectorySum) and depends(rest, inner):
            return None
        limits = inner.args[1:3] if isinstance(inner, TimeSum) else ()
        length = (inner.length,) if isinstance(inner, TrajectorySum) else ()
        body = rest * inner.body
        if not any(depends(part, outer) for part in (*limits, *length)):
            return with_body(inner, with_body(outer, body))
        if isinstance(outer, TimeSum) and isinstance(inner, TimeSum):
            return self._triangle(outer, inner, body)
        return None

    def _triangle(self, outer: TimeSum, inner: TimeSum, body: Expr) -> Expr | None:
        i, a, b = outer.index, outer.first, outer.last
        k = inner.index
        if inner.first == i and inner.last == b:
            return TimeSum(k, a, b, TimeSum(i, a, k, body))
        if inner.first == a and inner.last == i:
            return TimeSum(k, a, b, TimeSum(i, k, b, body))
        return None


@dataclass(frozen=True)
class Geometric(LocalRule):
    """Σ_{i=a}^{b} qⁱ = (qᵃ − q^{b+1}) / (1 − q), where a ≤ b + 1 is known and q is not one."""

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        if not isinstance(expr, TimeSum):
            return None
        index, first, last, body = opened(expr).args
        ratio = Mul(*(f.base for f in Mul.make_args(body) if isinstance(f, Pow)))
        if expand(body - ratio**index) != 0 or index in ratio.free_symbols:
            return None
        if ratio == 1 or not known_at_most(first, last + 1, facts):
            return None
        return (ratio**first - ratio ** (last + 1)) / (1 - ratio)


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

    def _is_law(self, body: Any, law: Any, place: int, variable: Expr) -> bool:
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
        if not (isinstance(law, Pi) and law == terms.pi_at(terms.THETA, law.action.args[0])):
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

    def _mean_of_rewards(self, inner: TimeSum, facts: Facts) -> Expr | None:
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


@dataclass(frozen=True)
class Earlier(LocalRule):
    """An equality that an earlier result (or a premise) states, at other states, actions, times."""

    statement: Statement

    def local(self, expr: Any, facts: Facts) -> Expr | None:
        variables = {each.variable for each in self.statement.forall}
        found: dict[Any, Any] = {}
        pattern = normal(self.statement.left)
        if not _unify(pattern, expr, variables, found) or variables - found.keys():
            return None
        if pattern.xreplace(found) != expr or not self._in_range(found, facts):
            return None
        right = normal(self.statement.right)
        bound = {name for part in right.atoms(Node) for name in _bound_names(part)}
        if any(bound & value.free_symbols for value in found.values()):
            return None
        return right.xreplace(found)

    def _in_range(self, found: Mapping[Any, Any], facts: Facts) -> bool:
        return all(
            known_at_most(each.first.xreplace(found), found[each.variable], facts)
            and known_at_most(found[each.variable], each.last.xreplace(found), facts)
            for each in self.statement.forall
            if each.kind is Kind.TIME
        )


def _bound_names(node: Node) -> set[Any]:
    return {getattr(node, name) for name in node.binds}


def _unify(pattern: Any, expr: Any, variables: set[Any], found: dict[Any, Any]) -> bool:
    """Finds what the variables stand for; the caller compares once more after replacing."""
    if pattern in variables:
        return found.setdefault(pattern, expr) == expr
    if not pattern.args or not expr.args:
        return pattern == expr
    if pattern.func is not expr.func or len(pattern.args) != len(expr.args):
        return False
    pairs = zip(pattern.args, expr.args, strict=True)
    return all(_unify(one, other, variables, found) for one, other in pairs)
