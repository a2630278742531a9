"""Formulas are printed from the objects that were checked, and read as they are meant."""

import re

import pytest
from sympy import S, Symbol

from derivations.catalogue import derivations
from derivations.errata import ERRATA
from derivations.language.binders import Expectation, TimeSum
from derivations.language.node import Node
from derivations.language.operators import Gradient, Log
from derivations.language.printing import to_latex
from derivations.language.terms import THETA, T, Table, gamma, pi_at, reward_at, t
from derivations.notation import PROBABILITY, RETURN, SCORE, SCORES

FORMULAS = [
    side
    for derivation in derivations()
    for side in (derivation.start, *(line.right for line in derivation.lines))
] + [side for erratum in ERRATA for side in (erratum.printed.left, erratum.printed.right)]


def classes(base=Node):
    for sub in base.__subclasses__():
        yield sub
        yield from classes(sub)


def test_every_formula_prints_without_a_class_name():
    names = {cls.__name__ for cls in classes()}
    for side in FORMULAS:
        words = set(re.findall(r"[A-Za-z]+", to_latex(S(side))))
        assert not words & (names - {"Return", "Log"}), side


def test_braces_and_brackets_are_balanced():
    for side in FORMULAS:
        text = to_latex(S(side))
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right") + text.count("leftarrow")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (SCORES * RETURN, r"R(\tau) \, \sum_{t=0}^{T - 1} \nabla_\theta \log \pi_{\theta}"),
        (
            SCORES * TimeSum(t, 0, T - 1, reward_at(t)),
            r"\left(\sum_{t=0}^{T - 1} \nabla_\theta \log \pi_{\theta}(a_{t} \mid s_{t})\right) ",
        ),
        (PROBABILITY * Gradient(Log(PROBABILITY)), r"P(\tau_{T}; \theta) \, \nabla_\theta \log P"),
        (gamma**t * SCORE, r"\gamma^{t} \, \nabla_\theta \log"),
        (Table("f", Symbol("x")) - 2 * Table("g", Symbol("x")), r"f(x) - 2 \, g(x)"),
        (Table("b"), "b"),
        (SCORES**2, r"\left(\sum_"),
        (-(Table("b") + Table("c")), r"-b - c"),
    ],
)
def test_what_reaches_to_the_right_stands_last_or_in_parentheses(expr, expected):
    assert to_latex(expr).startswith(expected)


def test_a_gradient_of_a_product_is_not_the_product_with_a_gradient():
    f, g = Expectation(THETA, RETURN), pi_at(THETA, 0)
    inside, outside = to_latex(Gradient(f * g)), to_latex(Gradient(g) * f)
    assert inside != outside
    assert r"\nabla_\theta \left(" in inside
