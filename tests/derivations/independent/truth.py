"""Whether a statement is true on random worlds, within the domain that its derivation names."""

from fractions import Fraction
from typing import Any

from sympy import sympify

from derivations.language.problem import Problem
from derivations.language.statement import Derivation, Statement
from derivations.language.terms import Parametric
from tests.derivations.independent.interpreter import Kink, Meaningless, Reader
from tests.derivations.independent.worlds import PlainWorld, between, random_world

WORLDS = 20
"""At least, of both sizes together."""

SIZES = ((2, 2, 3), (1, 3, 3))
SMALLER = ((1, 2, 3), (2, 2, 1))
"""For statements about several independent trajectories, whose number is squared."""


def true_on(
    derivation: Derivation, statement: Statement, seed: int, size: tuple[int, int, int]
) -> bool:
    """Whether the statement is true on the random world of that seed and size."""
    try:
        return _holds(derivation, statement, seed, size)
    except (Meaningless, ArithmeticError):
        return False


def _holds(
    derivation: Derivation, statement: Statement, seed: int, size: tuple[int, int, int]
) -> bool:
    world = random_world(seed, *size)
    if derivation.problem is not None:
        world = _of_problem(derivation.problem, seed)
    _into_domain(world, derivation)
    if derivation.premises:
        _steps_of_one_length(world, derivation)
    try:
        if not all(Reader(world).holds(premise) for premise in derivation.premises):
            raise AssertionError(f"{derivation.name}: its premises do not hold where it is tried")
    except (Meaningless, ArithmeticError):
        return False
    return Reader(world).holds(statement)


def true_everywhere(derivation: Derivation, statement: Statement, worlds: int) -> bool:
    """Whether it is true on every one of that many random worlds."""
    sizes = SMALLER if derivation.sizes else SIZES
    return all(true_on(derivation, statement, seed, sizes[seed % 2]) for seed in range(worlds))


def true_off_kinks(derivation: Derivation, statement: Statement, worlds: int) -> bool:
    """The same, on worlds that lie at no kink of any minimum or maximum in the statement.

    At one the reader differentiates nothing, though what stands around it may be smooth there:
    max(r, min(r, c)) is r.
    """
    sizes, seen = (SMALLER if derivation.sizes else SIZES), 0
    for seed in range(4 * worlds):
        try:
            if not _holds(derivation, statement, seed, sizes[seed % 2]):
                return False
        except Kink:
            continue
        except (Meaningless, ArithmeticError):
            return False
        seen += 1
        if seen == worlds:
            return True
    return False


def _of_problem(problem: Problem, seed: int) -> PlainWorld:
    """The problem, with random numbers for its symbols."""
    size = problem.size
    world = random_world(seed, size.states, size.actions, size.steps)

    def numbers(row: Any) -> list[Fraction]:
        return [Reader(world).read(sympify(entry)) for entry in row]

    world.initial = numbers(problem.initial)
    world.new = [numbers(row) for row in problem.policy]
    world.old = [numbers(row) for row in problem.old]
    for s, a in world.dynamics:
        world.dynamics[s, a] = numbers(problem.dynamics[s][a])
        world.reward[s, a] = numbers(problem.reward[s])[a]
    return world


PARTNERS = {"X": "Y", "xi": "upsilon"}
"""Of premises about two steps: the tables of the one, and those of the other."""


def _steps_of_one_length(world: PlainWorld, derivation: Derivation) -> None:
    """Tables and numbers that meet premises of the form k² (E[X²] + ...) = E[Y²] + ... = 2δ.

    The other step is ±k times the first, with a random sign for each entry: as long, and another.
    """
    k = world.draw(("symbol", "k"), True)
    twice_delta = Reader(world).read(sympify(derivation.premises[0].left))
    for key, value in list(world.drawn.items()):
        if key[0] == "table" and key[1] in PARTNERS:
            world.drawn["table", PARTNERS[key[1]], *key[2:]] = (
                world.random.choice((1, -1)) * k * value
            )
    world.drawn["symbol", "delta"] = twice_delta / 2


def _into_domain(world: PlainWorld, derivation: Derivation) -> None:
    """Draws what a derivation splits from inside the range that it splits."""
    for split in derivation.splits:
        low, high = (
            None if end is None else Fraction(Reader(world).read(sympify(end)))
            for end in (split.low, split.high)
        )
        value = between(world.random, low, high)
        if isinstance(split.variable, Parametric):
            world.drawn["parametric", str(split.variable.args[0])] = value
        elif split.variable.name in ("epsilon", "gamma", "lambda"):
            world.drawn[split.variable.name] = value
        else:
            world.drawn["symbol", split.variable.name] = value
