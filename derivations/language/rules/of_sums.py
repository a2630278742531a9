"""Rules for sums over times: index shift, single terms, ranges, exchange, geometric sums."""

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Mul, Pow, S, expand

from derivations.language import binders
from derivations.language.binders import TimeSum, TrajectorySum
from derivations.language.facts import Facts, known_at_most
from derivations.language.normal import depends, opened, with_body
from derivations.language.rules.base import LocalRule


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
