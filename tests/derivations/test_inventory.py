"""Every row of the inventory is accounted for, and names what there is."""

from pathlib import Path

import pytest

from derivations.catalogue import RESULTS, derivations
from derivations.errata import ERRATA
from derivations.inventory import inventory

ROOT = Path(__file__).parents[2]
COUNTS = {"A": 11, "B": 5, "C": 7, "D": 6, "E": 10}
ROWS = [f"{chapter}{number + 1}" for chapter, count in COUNTS.items() for number in range(count)]
RESULT_NAMES = {result.name: result for result in RESULTS}
ERRATUM_NAMES = {erratum.name: erratum for erratum in ERRATA}


def test_every_row_is_present_in_order_and_no_other():
    assert list(inventory()) == ROWS


@pytest.mark.parametrize("name", ROWS)
def test_a_row_names_what_there_is_or_says_that_it_is_open(name):
    row = inventory()[name]
    assert row.prove or row.refute or row.build or row.open
    assert set(row.prove) <= RESULT_NAMES.keys()
    assert set(row.refute) <= ERRATUM_NAMES.keys()
    assert all((ROOT / path).exists() for path in row.build)
    assert all(part.strip() for part in row.open)


def test_results_and_the_table_agree():
    table = inventory()
    for result in RESULTS:
        for row in result.rows:
            assert result.name in table[row].prove, (result.name, row)
    for erratum in ERRATA:
        for row in erratum.rows:
            assert erratum.name in table[row].refute, (erratum.name, row)
    named = {name for row in table.values() for name in row.prove}
    assert named == RESULT_NAMES.keys()
    assert {name for row in table.values() for name in row.refute} == ERRATUM_NAMES.keys()


def test_names_are_unique():
    assert len(RESULT_NAMES) == len(RESULTS)
    assert len(ERRATUM_NAMES) == len(ERRATA)
    assert not RESULT_NAMES.keys() & ERRATUM_NAMES.keys()


def test_what_a_line_uses_is_a_result_that_comes_before_it():
    order = [result.name for result in RESULTS]
    for derivation in derivations():
        own = derivation.name.removesuffix("-step").removesuffix("-base")
        for line in derivation.lines:
            for used in line.uses:
                assert used in order, (derivation.name, used)
                assert order.index(used) < order.index(own), (derivation.name, used)


LANGUAGES = {"en", "zh"}


def test_every_word_is_there_in_every_language():
    for derivation in derivations():
        texts = [derivation.title, *(line.words for line in derivation.lines)]
        if derivation.setting:
            texts.append(derivation.setting)
        for text in texts:
            assert text.keys() == LANGUAGES, derivation.name
            assert all(part.strip() for part in text.values()), derivation.name
    for erratum in ERRATA:
        assert erratum.title.keys() == erratum.why.keys() == LANGUAGES


def test_an_english_reason_is_a_sentence():
    for derivation in derivations():
        for line in derivation.lines:
            reason = line.words["en"]
            assert reason.endswith("."), reason
            assert not line.words["zh"].endswith("."), line.words["zh"]
