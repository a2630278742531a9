"""Every slip in every line is refused, or shown to be no slip by the independent route."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

from derivations.catalogue import derivations
from tests.derivations.independent.truth import WORLDS, true_everywhere
from tests.derivations.mutation.lines import Mutant, line_mutants
from tests.derivations.mutation.operators import OPERATORS

MOST_EXCUSED = 0.20
EVERY = 97
"""The quick tier tries every 97th mutant; the number divides no regular pattern of theirs."""

FEW_WORLDS = 2
"""On which the quick tier looks whether an accepted mutant is true."""

ALL = {derivation.name: derivation for derivation in derivations()}


@dataclass
class Tally:
    """What became of the mutants."""

    worlds: int
    refused: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)

    def try_one(self, mutant: Mutant) -> None:
        if not mutant.accepted():
            self.refused[mutant.operator] += 1
            return
        assert true_everywhere(mutant.derivation, mutant.statement, self.worlds), (
            f"accepted although false: {mutant.operator}\n{mutant.statement}"
        )
        self.excused[mutant.operator] += 1

    @property
    def excused_share(self) -> float:
        total = self.refused.total() + self.excused.total()
        return self.excused.total() / total

    def __str__(self) -> str:
        names = sorted(self.refused | self.excused)
        rows = [f"{name}: {self.refused[name]} / {self.excused[name]}" for name in names]
        return "refused / excused\n" + "\n".join(rows)


def all_mutants():
    for derivation in ALL.values():
        for number in range(len(derivation.lines)):
            yield from line_mutants(derivation, number)


def test_a_sample_of_all_mutants_is_refused():
    tally = Tally(worlds=FEW_WORLDS)
    for number, mutant in enumerate(all_mutants()):
        if number % EVERY == 0:
            tally.try_one(mutant)
    assert tally.refused.total() > 50
    assert tally.excused_share <= MOST_EXCUSED, tally


@pytest.mark.thorough
@pytest.mark.parametrize("name", ALL)
def test_every_mutant_is_refused(name):
    tally = Tally(worlds=WORLDS)
    for number in range(len(ALL[name].lines)):
        for mutant in line_mutants(ALL[name], number):
            tally.try_one(mutant)
    assert tally.refused


def test_every_operator_finds_something_to_mutate():
    tried = {mutant.operator for mutant in all_mutants()}
    assert set(OPERATORS) <= tried
    assert {"turn the inequality", "tighten the inequality"} <= tried
