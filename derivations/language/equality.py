"""Whether two sides are equal for all values of a world's symbols: evaluation modulo a prime.

Both sides are rational functions of the free symbols (and of logarithms and roots as further
symbols). If they differ, their difference vanishes at a random point of the field with probability
at most degree / prime (Schwartz 1980, Zippel 1979), and vanishes modulo a random prime only if the
prime divides all its coefficients. Both bounds are computed from the expression and reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import log2
from random import Random, SystemRandom
from typing import Any

from sympy import Expr, cancel

from derivations.language.degree import DegreePoint, Degrees
from derivations.language.evaluate import Evaluator, Scope
from derivations.language.field import BITS, PRIMES_TO_CHOOSE_FROM, FieldPoint, random_prime
from derivations.language.operators import Root
from derivations.language.problem import Problem
from derivations.language.refusal import NoRootAtPoint, PoleAtPoint, Refused
from derivations.language.sheet import Bindings, Sheet
from derivations.language.statement import Statement
from derivations.language.symbols import SymbolPoint
from derivations.language.world import Relaxation, Size, World

POINTS = 2
"""Points of a proof, each with its own prime: the error is about (degree / 2⁵⁴) to this power."""

MOST_DRAWS = 64
"""Draws for one point; a root needs two on average, a pole none."""

MOST_ROOTS = 4
"""Square roots in one step: every combination of their signs is tried."""


@dataclass(frozen=True, kw_only=True)
class FieldProof:
    """What shows that two sides are equal on worlds of one size.

    Args:
        size: of the worlds.
        primes: the modulus that was drawn for each point.
        points: random points at which the sides agreed.
        redrawn: points that were drawn again, because a denominator was zero or a root missing.
        degree: bound of the difference's degree.
        log2_error: log2 of the probability that unequal sides would have been accepted.
    """

    size: Size
    primes: tuple[int, ...]
    points: int
    redrawn: int
    degree: int
    log2_error: float


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An equality to decide on one size of world; equal claims are decided once a process."""

    statement: Statement
    size: Size
    relaxed: frozenset[Relaxation] = frozenset()
    bindings: Bindings = ()
    problem: Problem | None = None


def prove_equal(claim: Claim) -> FieldProof:
    """Shows that the sides are equal.

    Raises:
        Refused: they differ at a point, or have no value.
    """
    return _prove_kept(claim)


@lru_cache(maxsize=4096)
def _prove_kept(claim: Claim) -> FieldProof:
    return _prove(claim, SystemRandom())


def _prove(claim: Claim, random: Random) -> FieldProof:
    shared = _agree_at_shared_points(claim)
    redrawn, points = (0, shared) if shared else _agree_at_own_points(claim, random)
    logs, roots = (max(getattr(point, kind) for point in points) for kind in ("logs", "roots"))
    degrees, arguments = _degrees(claim)
    return FieldProof(
        size=claim.size,
        primes=tuple(point.prime for point in points),
        points=len(points),
        redrawn=redrawn,
        degree=degrees.top,
        log2_error=_log2_error(degrees, arguments, logs, roots),
    )


def _agree_at_shared_points(claim: Claim) -> tuple[FieldPoint, ...]:
    """The points of this process at which all claims about a size are tried; () at a pole.

    A claim does not depend on what was drawn, so each has its own small error probability. Roots
    take points of their own, for the sake of their signs.
    """
    statement = claim.statement
    if statement.left.has(Root) or statement.right.has(Root) or claim.bindings:
        return ()
    sheets = [_sheet(claim.size, claim.relaxed, claim.problem, number) for number in range(POINTS)]
    try:
        for sheet in sheets:
            left = sheet.values(statement.left, statement.forall)
            right = sheet.values(statement.right, statement.forall)
            for (scope, one), (_, other) in zip(left, right, strict=True):
                _require_zero(claim, scope, one - other)
    except PoleAtPoint:
        return ()
    return tuple(sheet.point for sheet in sheets)


@lru_cache(maxsize=64)
def _sheet(
    size: Size, relaxed: frozenset[Relaxation], problem: Problem | None, number: int
) -> Sheet:
    random = SystemRandom()
    point = FieldPoint(random_prime(random), Random(random.getrandbits(128)))
    return Sheet(size, relaxed, point, problem=problem)


def _agree_at_own_points(claim: Claim, random: Random) -> tuple[int, tuple[FieldPoint, ...]]:
    points, redrawn = [], 0
    for _ in range(POINTS):
        again, point = _agree_at_a_point(claim, random_prime(random), random)
        redrawn += again
        points.append(point)
    return redrawn, tuple(points)


def _agree_at_a_point(claim: Claim, prime: int, random: Random) -> tuple[int, FieldPoint]:
    """How often the point was drawn again, and the point."""
    for again in range(MOST_DRAWS):
        seed = random.getrandbits(128)
        try:
            point = _compare(claim, FieldPoint(prime, Random(seed)))
            _compare_other_signs(claim, prime, seed, point.roots)
        except (PoleAtPoint, NoRootAtPoint):
            continue
        return again, point
    raise Refused(f"no value at any of {MOST_DRAWS} points: a denominator is zero everywhere")


def _compare_other_signs(claim: Claim, prime: int, seed: int, roots: int) -> None:
    """The same point again with every other choice of signs of the square roots."""
    if roots > MOST_ROOTS:
        raise Refused(f"{roots} square roots; at most {MOST_ROOTS} are decided")
    for signs in product((1, -1), repeat=roots):
        if any(sign < 0 for sign in signs):
            _compare(claim, FieldPoint(prime, Random(seed), signs))


def _compare(claim: Claim, point: FieldPoint) -> FieldPoint:
    """Refuses where the sides differ at the point."""
    for scope, left, right in _sides(claim, point):
        _require_zero(claim, scope, left - right)
    return point


def _require_zero(claim: Claim, scope: Scope, difference: Any) -> None:
    if not difference.is_zero:
        where = ", ".join(f"{name}={value}" for name, value in scope.values.items())
        raise Refused(f"the sides differ on a world of size {claim.size} {where}".rstrip())


def _sides(claim: Claim, point: Any) -> Iterator[tuple[Scope, Any, Any]]:
    sheet = Sheet(claim.size, claim.relaxed, point, claim.bindings, claim.problem)
    left = sheet.values(claim.statement.left, claim.statement.forall)
    right = sheet.values(claim.statement.right, claim.statement.forall)
    for (scope, one), (_, other) in zip(left, right, strict=True):
        yield scope, one, other


def _degrees(claim: Claim) -> tuple[Degrees, int]:
    """Bounds of the difference, and of the arguments of logarithms and roots."""
    statement = claim.statement
    sheet = _degree_sheet(claim.size, claim.relaxed, claim.bindings, claim.problem)
    left, right = (
        sheet.values(side, statement.forall) for side in (statement.left, statement.right)
    )
    worst = Degrees(0, 0, 0.0, 0.0)
    for (_, one), (_, other) in zip(left, right, strict=True):
        difference = one - other
        worst = Degrees(
            max(worst.top, difference.top),
            max(worst.bottom, difference.bottom),
            max(worst.top_bits, difference.top_bits),
            max(worst.bottom_bits, difference.bottom_bits),
        )
    return worst, sheet.point.largest_argument


@lru_cache(maxsize=64)
def _degree_sheet(
    size: Size, relaxed: frozenset[Relaxation], bindings: Bindings, problem: Problem | None
) -> Sheet:
    return Sheet(size, relaxed, DegreePoint(), bindings, problem)


def _log2_error(degrees: Degrees, argument: int, logs: int, roots: int) -> float:
    """log2 of a bound of the probability that a false equality passed.

    A point shows nothing where the difference vanishes, or where two different arguments of
    logarithms or roots take the same value, or one the value one. Points are drawn again at poles
    and where a root is missing: that divides by the chance of a good point, at least 4⁻ʳᵒᵒᵗˢ / 2.
    The prime is bad if it divides every coefficient, of which one has at most `top_bits` bits.
    """
    pairs = (logs + roots + 1) * (logs + roots)
    bad = degrees.top + 2 * degrees.bottom + pairs * 2 * argument
    at_a_point = log2(max(1, bad)) - (BITS - 1) + 1 + 2 * roots
    bad_prime = log2(max(1.0, degrees.top_bits / (BITS - 1))) - log2(PRIMES_TO_CHOOSE_FROM)
    bad_prime += log2(1 + pairs)
    return POINTS * min(0.0, max(at_a_point, bad_prime) + 1.0)


def cancels(claim: Claim) -> bool:
    """The second route, for the smallest sizes: the explicit difference cancels to zero."""
    return all(cancel(left - right) == 0 for _, left, right in _sides(claim, SymbolPoint()))


def explicit(expr: Expr, size: Size, values: Mapping[Any, int] | None = None) -> Expr:
    """The expression written out on a symbolic world of that size."""
    evaluate = Evaluator(World(size, SymbolPoint()))
    return evaluate(expr, Scope(values=dict(values or {})))
