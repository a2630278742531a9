"""Statements, and the conditions under which they stand, as LaTeX and as HTML."""

from collections.abc import Iterator, Mapping
from typing import Any

from sympy import sympify

from derivations.language.printing import to_latex
from derivations.language.regions import Breakpoints, Split
from derivations.language.statement import Derivation, Each, Kind, Relation, Statement
from derivations.language.terms import T
from rlcheck.site.editions import Edition
from rlcheck.site.formulas import Formulas
from rlcheck.site.results import Result, end_to_end, parts

RELATIONS = {Relation.EQUAL: "=", Relation.AT_MOST: r"\le", Relation.AT_LEAST: r"\ge"}


def statement_latex(statement: Statement) -> str:
    """left relation right."""
    left, right = to_latex(statement.left), to_latex(statement.right)
    return rf"{left} {RELATIONS[statement.relation]} {right}"


def result_latex(result: Result) -> str:
    """What a result says, in one line."""
    return statement_latex(end_to_end(result))


def conditions(
    derivation: Derivation, edition: Edition, formulas: Formulas, place: str
) -> Iterator[str]:
    """The ranges of its variables, its regions and premises, each as HTML."""
    yield from quantifiers(derivation.forall, edition, formulas, place)
    for split in derivation.splits:
        yield _region(split, edition, formulas, place)
    for premise in derivation.premises:
        shown = formulas.inline(statement_latex(premise), place)
        yield edition["given"].format(it=shown)


def quantifiers(
    forall: tuple[Each, ...], edition: Edition, formulas: Formulas, place: str
) -> Iterator[str]:
    """`for every state s`, and so on."""
    for each in forall:
        phrase, tex = _range(each)
        yield edition[f"every {phrase}"].format(it=formulas.inline(tex, place))


def _range(each: Each) -> tuple[str, str]:
    if each.kind is Kind.TRAJECTORY:
        return "trajectory", to_latex(T)
    variable = to_latex(each.variable)
    if each.kind is Kind.TIME:
        first, last = to_latex(each.first), to_latex(each.last)
        return "time", rf"{variable} = {first}, \dots, {last}"
    return each.kind.value, variable


def _region(split: Split, edition: Edition, formulas: Formulas, place: str) -> str:
    """`0 < ε < 1`; the points that are left out, where some are."""
    variable = to_latex(split.variable)
    low = "" if split.low is None else f"{_latex(split.low)} < "
    high = "" if split.high is None else f" < {_latex(split.high)}"
    shown = formulas.inline(
        f"{low}{variable}{high}" if low or high else rf"{variable} \in \mathbb{{R}}", place
    )
    text = edition["where"].format(it=shown)
    if split.breakpoints is Breakpoints.EXCLUDED and split.points:
        points = ", ".join(_latex(point) for point in split.points)
        out = formulas.inline(rf"{variable} = {points}", place)
        text += ", " + edition["apart from"].format(it=out)
    return text


def _latex(expr: Any) -> str:
    return to_latex(sympify(expr))


def assumptions(result: Result) -> dict[str, Mapping[str, str]]:
    """Name -> words, by language, of everything that its lines assume."""
    return {
        assumption.name: assumption.words
        for part in parts(result)
        for line in part.lines
        for assumption in line.assumes
    }
