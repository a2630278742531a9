"""The smallest world, in exact rationals, on which a printed formula is wrong.

Sizes are tried from the smallest, and on each size the numbers from the simplest: every number has
a list of candidates, and a world costs the sum of their places in those lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from sympy import Rational

from derivations.language.dual import value_of
from derivations.language.evaluate import Evaluator, Scope
from derivations.language.logarithms import LogSum, log_of
from derivations.language.refusal import Refused
from derivations.language.sheet import quantified
from derivations.language.statement import Relation, Statement
from derivations.language.world import Relaxation, Size, World

PROBABILITIES = tuple(Fraction(1, n) for n in (2, 3, 4))
REWARDS = (Fraction(0), Fraction(1), Fraction(-1), Fraction(2))
SLOPES = (Fraction(1), Fraction(0), Fraction(-1))
OTHERS = (Fraction(1), Fraction(0), Fraction(2), Fraction(-1))
BELOW_ONE = (Fraction(1, 2), Fraction(1, 3))
POSITIVE = (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(3))

MOST_COST = 4
"""How far from the simplest numbers the search goes."""


@dataclass(frozen=True, kw_only=True)
class Counterexample:
    """A world on which the printed formula fails.

    Args:
        size: of the world.
        numbers: every number that was asked for, by name.
        printed: both sides of the printed formula there.
        worlds_tried: how many worlds came before it in the search.
    """

    size: Size
    numbers: dict[tuple, Fraction]
    printed: tuple[Fraction, Fraction]
    worlds_tried: int


class RationalPoint:
    """Exact rationals, given by name or, for a name not given, by `choose`."""

    def __init__(self, numbers: dict[tuple, Fraction], raised: tuple[int, ...] = ()) -> None:
        self.numbers = dict(numbers)
        self._raised = raised
        self._asked = 0

    def variable(self, name: tuple) -> Fraction:
        if name not in self.numbers:
            candidates = _candidates(name)
            place = self._raised.count(self._asked)
            self._asked += 1
            if place >= len(candidates):
                raise Refused("no candidate is left")
            self.numbers[name] = candidates[place]
        return self.numbers[name]

    def number(self, rational: Rational) -> Fraction:
        return Fraction(int(rational.p), int(rational.q))

    def log(self, argument: Fraction) -> Any:
        return log_of(argument)

    def below(self, first: Fraction, second: Fraction) -> bool:
        return first < second

    def absolute(self, argument: Fraction) -> Fraction:
        return abs(argument)

    def exp(self, argument: Fraction) -> Any:
        if argument == 0:
            return Fraction(1)
        raise Refused("an exponential is in general no rational")

    def root(self, argument: Fraction) -> Any:
        raise Refused("a root is in general no rational")


def _candidates(name: tuple) -> tuple[Fraction, ...]:
    kind = name[0]
    if kind == "maximum":
        raise Refused("the largest of several numbers is no number to choose")
    if kind in ("mu", "P", "pi", "law"):
        return PROBABILITIES
    if kind == "r":
        return REWARDS
    if kind in ("dpi", "ddpi", "dparametric"):
        return SLOPES
    if kind == "constant" and str(name[1]) in ("gamma", "lambda", "epsilon"):
        return BELOW_ONE
    if kind == "constant" and name[1].is_positive:
        return POSITIVE
    return OTHERS


def search(
    printed: Statement,
    right: Statement | None,
    sizes: tuple[Size, ...],
    relaxed: frozenset[Relaxation] = frozenset(),
) -> Counterexample:
    """The first world on which the printed formula fails.

    Raises:
        Refused: none was found, or the right formula fails on the one that was.
    """
    tried = 0
    for size in sizes:
        for raised in _costs(_numbers_asked(printed, size, relaxed)):
            world = World(size, RationalPoint({}, raised), relaxed)
            sides = _failure(printed, world)
            if sides is not None and _is_a_world(world):
                if right is not None and not _holds(right, world):
                    raise Refused("the right formula fails on the counterexample, too")
                numbers = dict(world.point.numbers)
                return Counterexample(size=size, numbers=numbers, printed=sides, worlds_tried=tried)
            tried += 1
    raise Refused("no counterexample among the worlds that were tried")


def _numbers_asked(printed: Statement, size: Size, relaxed: frozenset[Relaxation]) -> int:
    world = World(size, RationalPoint({}), relaxed)
    _failure(printed, world)
    return len(world.point.numbers)


def _costs(asked: int) -> Iterator[tuple[int, ...]]:
    """Which of the numbers, in the order in which they are asked for, are moved up, cheapest first.

    A number that is named twice is moved by two places.
    """
    for cost in range(MOST_COST):
        yield from combinations_with_replacement(range(asked), cost)


def _holds(statement: Statement, world: World) -> bool:
    """Whether both sides have values, and stand as is said."""
    evaluate = Evaluator(world)
    try:
        return all(
            _stands(
                value_of(evaluate(statement.left, scope)),
                statement.relation,
                value_of(evaluate(statement.right, scope)),
            )
            for scope in quantified(statement.forall, evaluate, Scope(values={}))
        )
    except (Refused, ZeroDivisionError):
        return False


def _failure(statement: Statement, world: World) -> tuple[Fraction, Fraction] | None:
    """Both sides where the statement is wrong; None where it holds or says nothing."""
    evaluate = Evaluator(world)
    try:
        for scope in quantified(statement.forall, evaluate, Scope(values={})):
            left, right = (
                value_of(evaluate(side, scope)) for side in (statement.left, statement.right)
            )
            if not _stands(left, statement.relation, right):
                return left, right
    except (Refused, ZeroDivisionError):
        return None
    return None


def _stands(left: Any, relation: Relation, right: Any) -> bool:
    if relation is Relation.EQUAL:
        return left == right
    if isinstance(left, LogSum) or isinstance(right, LogSum):
        raise Refused("logarithms are not compared by size")
    return left <= right if relation is Relation.AT_MOST else left >= right


def _is_a_world(world: World) -> bool:
    """Whether all that was asked for are probabilities: the last one, too, that is the rest."""
    rest: dict[tuple, Fraction] = {}
    for name, value in world.point.numbers.items():
        if name[0] in ("mu", "P", "pi", "law"):
            rest[name[:-1]] = rest.get(name[:-1], Fraction(1)) - value
    return all(value > 0 for value in rest.values())
