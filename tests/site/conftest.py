"""The results, checked once for all tests of the site."""

import pytest

from tests.requirements import require


@pytest.fixture(scope="session")
def formulas():
    require("quickjs")
    from rlcheck.site.formulas import Formulas

    return Formulas()


@pytest.fixture(scope="session")
def results():
    require("quickjs")
    from rlcheck.site.results import check_all

    return check_all()


@pytest.fixture(scope="session")
def scribe(formulas, results):
    from rlcheck.site.chain import Scribe
    from rlcheck.site.editions import ENGLISH

    return Scribe(results=results, formulas=formulas, edition=ENGLISH)


@pytest.fixture(scope="session")
def chinese(formulas, results):
    from rlcheck.site.chain import Scribe
    from rlcheck.site.editions import CHINESE

    return Scribe(results=results, formulas=formulas, edition=CHINESE)
