"""Every line that the engine accepts is true on random worlds by a route that shares no code."""

import ast
from pathlib import Path

import pytest

from derivations.catalogue import derivations
from derivations.language.gaussian import GaussianExpectation
from tests.derivations.independent.truth import true_on
from tests.tiers import spread

ALL = {derivation.name: derivation for derivation in derivations()}
SYNTAX = {"binders", "functionals", "gaussian", "operators", "problem", "terms", "statement"}


@pytest.mark.parametrize("name", spread(list(ALL), quick=50))
def test_every_line_is_true_on_a_random_world(name):
    derivation = ALL[name]
    size = (2, 2, 1 if derivation.sizes else 2)
    for number in range(len(derivation.lines)):
        for seed in (1,) if derivation.start.has(GaussianExpectation) else (1, 2):
            assert true_on(derivation, derivation.statement(number), seed, size), (number, seed)


def test_the_independent_route_imports_only_what_is_said_and_not_how_it_is_judged():
    for file in (Path(__file__).parent / "independent").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("derivations"):
                module = (node.module or "").removeprefix("derivations.language").strip(".")
                names = {module} if module else {alias.name for alias in node.names}
                assert names <= SYNTAX, (file.name, names)
