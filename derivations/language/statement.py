"""What is claimed: a statement, a line of a derivation with its reason, a whole derivation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sympy import Expr, Symbol, sympify

from derivations.language.refusal import Refused


class Relation(StrEnum):
    """How the left side of a line is claimed to stand to its right side."""

    EQUAL = "="
    AT_MOST = "<="
    AT_LEAST = ">="


class Kind(StrEnum):
    """What a quantified variable ranges over."""

    STATE = "state"
    ACTION = "action"
    OUTCOME = "outcome"
    TIME = "time"
    TRAJECTORY = "trajectory"


@dataclass(frozen=True, kw_only=True)
class Each:
    """For every value of `variable`; a time runs from `first` to `last`.

    A trajectory (of T steps) needs no variable: s_t and a_t are its own.
    """

    variable: Any = None
    kind: Kind
    first: Any = None
    last: Any = None


def each_state(variable: Symbol) -> Each:
    """For every state."""
    return Each(variable=variable, kind=Kind.STATE)


def each_action(variable: Symbol) -> Each:
    """For every action."""
    return Each(variable=variable, kind=Kind.ACTION)


def each_outcome(variable: Symbol) -> Each:
    """For every outcome of a finite law."""
    return Each(variable=variable, kind=Kind.OUTCOME)


def each_time(variable: Symbol, first: Any, last: Any) -> Each:
    """For every time from `first` to `last`."""
    return Each(variable=variable, kind=Kind.TIME, first=sympify(first), last=sympify(last))


def each_trajectory() -> Each:
    """For every trajectory of T steps."""
    return Each(kind=Kind.TRAJECTORY)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """`left relation right`, for every value of the quantified variables."""

    left: Any
    relation: Relation
    right: Any
    forall: tuple[Each, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """What a line needs, and the relaxation of the world that takes it away.

    A line that lists it must be refused on a world so relaxed: otherwise it is not needed.
    """

    name: str
    words: Mapping[str, str]
    relaxation: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """The next line of a derivation: its relation to the line above, and why it holds.

    Args:
        relation: how the line above stands to this one.
        right: this line.
        words: the reason, by language.
        by: the rules or lemmas that carry the step, in the order in which they are applied.
        uses: names of earlier results that the reason refers to.
        assumes: what the step needs.
        certificate: for an inequality, what the difference is equal to: visibly non-negative.
        given: for a line that follows from premises, the multiplier of each.
    """

    relation: Relation
    right: Expr
    words: Mapping[str, str]
    by: tuple[Any, ...] = ()
    uses: tuple[str, ...] = ()
    assumes: tuple[Assumption, ...] = ()
    certificate: Expr | None = None
    given: tuple[Expr, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """A chain of lines from what is asked to what is known.

    Args:
        name: how other results and the site refer to it.
        rows: the rows of the formula inventory that it answers.
        title: by language.
        start: the first line.
        lines: the rest.
        forall: the variables over which every line is quantified.
        premises: what is given; a line may use them by its multipliers.
        splits: into regions, for a derivation with min, max or clip.
        sizes: (|S|, |A|, T) of the worlds on which it is checked; empty for those of the house.
        setting: by language, what the symbols are where the notation alone does not say.
        problem: the `Problem` that it is about, where it is not about all worlds.
    """

    name: str
    rows: tuple[str, ...]
    title: Mapping[str, str]
    start: Expr
    lines: tuple[Line, ...]
    forall: tuple[Each, ...] = ()
    premises: tuple[Statement, ...] = ()
    splits: tuple[Any, ...] = ()
    sizes: tuple[tuple[int, int, int], ...] = ()
    setting: Mapping[str, str] = field(default_factory=dict)
    problem: Any = None

    def left(self, number: int) -> Expr:
        """The line above line `number`, counted from zero."""
        return self.start if number == 0 else self.lines[number - 1].right

    def statement(self, number: int) -> Statement:
        """What line `number` claims."""
        line = self.lines[number]
        left, right = sympify(self.left(number)), sympify(line.right)
        return Statement(left=left, relation=line.relation, right=right, forall=self.forall)

    @property
    def conclusion(self) -> Statement:
        """First line against last, by the relation that the lines between them make.

        Raises:
            Refused: it stands under premises, on a part of its variables' ranges or in one problem
                only, which a statement does not carry.
        """
        if self.premises or self.splits or self.problem:
            raise Refused(f"{self.name} holds under conditions; it cannot be cited without them")
        relations = {line.relation for line in self.lines} - {Relation.EQUAL}
        relation = relations.pop() if len(relations) == 1 else Relation.EQUAL
        left, right = sympify(self.start), sympify(self.lines[-1].right)
        return Statement(left=left, relation=relation, right=right, forall=self.forall)


@dataclass(frozen=True, kw_only=True)
class Induction:
    """A statement about trajectories of every length n, from n = 0 and from n to n + 1.

    Args:
        name: how other results and the site refer to it.
        rows: the rows of the formula inventory that it answers.
        title: by language.
        variable: n.
        claim: the statement for n.
        base: a derivation whose conclusion is the claim for n = 0.
        step: a derivation whose conclusion is the claim for n + 1; its lines may use that for n.
    """

    name: str
    rows: tuple[str, ...]
    title: Mapping[str, str]
    variable: Symbol
    claim: Statement
    base: Derivation
    step: Derivation


def words(en: str, zh: str) -> dict[str, str]:
    """A text in the languages of the site."""
    return {"en": en, "zh": zh}


def equal(right: Any, en: str, zh: str, **more: Any) -> Line:
    """The line above = `right`, because."""
    return Line(relation=Relation.EQUAL, right=sympify(right), words=words(en, zh), **more)


def at_most(right: Any, en: str, zh: str, **more: Any) -> Line:
    """The line above ≤ `right`, because."""
    return Line(relation=Relation.AT_MOST, right=sympify(right), words=words(en, zh), **more)


def at_least(right: Any, en: str, zh: str, **more: Any) -> Line:
    """The line above ≥ `right`, because."""
    return Line(relation=Relation.AT_LEAST, right=sympify(right), words=words(en, zh), **more)
