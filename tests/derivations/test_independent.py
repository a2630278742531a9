"""Every line that the engine accepts is true on random worlds by a route that shares no code."""

import pytest

from derivations.catalogue import derivations

ALL = {derivation.name: derivation for derivation in derivations()}


@pytest.mark.parametrize("name", ALL)
def test_every_line_is_true_on_a_random_world(name):
    derivation = ALL[name]
    for number in range(len(derivation.lines)):
        for seed, steps in ((1, 2), (2, 2)):
            size = (2, 2, 1 if derivation.sizes else steps)
            assert true_on(derivation, derivation.statement(number), seed, size), (number, seed)
