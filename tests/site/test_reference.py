"""The reference is complete, and a public name without a docstring fails the build."""

from pathlib import Path

import pytest

from tests.requirements import require

require("griffe")

from rlcheck.site import reference  # noqa: E402 - needs the docs extra
from rlcheck.site.docstrings import joined  # noqa: E402
from rlcheck.site.reference import (  # noqa: E402
    MODULES,
    Undocumented,
    exported,
    load,
    module_of,
    reference_pages,
    unaccounted,
    undocumented,
)

ROOT = Path(__file__).parents[2]

CLEAN = '''
"""A module."""

from own.inner import told as told

__all__ = ["Thing", "told", "LIMIT"]

LIMIT = 3
"""A number."""


class Thing:
    """A thing."""

    def act(self):
        """Acts."""

    def _hidden(self): ...


class Other(Thing):
    """Another, not public."""

    def act(self): ...
'''


@pytest.fixture
def missing(tmp_path):
    """The undocumented names of a package with that code."""

    def found(code, inner='"""Inner."""\n\n\ndef told():\n    """Tells."""\n'):
        package = tmp_path / "own"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text(code, encoding="utf-8")
        (package / "inner.py").write_text(inner, encoding="utf-8")
        return list(undocumented(module_of(load(tmp_path, "own"), "own")))

    return found


def test_what_is_documented_passes(missing):
    assert missing(CLEAN) == []


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ('"""A module."""', "own"),
        ('    """A thing."""\n', "own.Thing"),
        ('"""A number."""', "own.LIMIT"),
        ('        """Acts."""\n', "own.Thing.act"),
    ],
)
def test_each_silence_is_named(missing, gone, named):
    filled = "        ...\n" if "Acts" in gone else ""
    assert missing(CLEAN.replace(gone, filled, 1)) == [named]


def test_a_silent_function_from_elsewhere_is_named(missing):
    assert missing(CLEAN, '"""Inner."""\n\n\ndef told(): ...\n') == ["own.told"]


def test_a_method_that_fills_in_an_interface_is_told_of_there(missing):
    assert missing(CLEAN.replace('"Thing",', '"Thing", "Other",')) == []


def test_a_function_with_its_modules_name_is_the_function(missing):
    code = '"""A module."""\n\nfrom own.inner import inner\n\n__all__ = ["inner"]\n'
    assert missing(code, '"""Inner."""\n\n\ndef inner(): ...\n') == ["own.inner"]


def test_without_a_list_nobody_knows_what_is_public(missing):
    with pytest.raises(Undocumented, match="__all__"):
        missing('"""A module."""\n')


def test_every_public_name_of_rlcheck_stands_in_the_reference_once():
    package = load(ROOT)
    text = "\n".join(page.text for page in reference_pages(ROOT))
    directives = [line[4:] for line in text.splitlines() if line.startswith("::: ")]
    assert len(directives) == len(set(directives))
    for name in MODULES:
        module = module_of(package, name)
        assert name in directives
        for public in exported(module):
            assert f"[`{public}`]" in text


def test_one_line_sections_stay_one_sentence():
    shown = joined("First.\n\nSource: Schulman et al. (2016), eq. 16,\n    as a * b_c.\n\nMore.")
    assert "**Source** Schulman et al. (2016), eq. 16, as a \\* b\\_c." in shown
    assert shown.endswith("More.")


def test_a_file_without_a_list_is_public_in_what_it_defines(tmp_path):
    package = tmp_path / "own"
    package.mkdir()
    (package / "__init__.py").write_text('"""Own."""\n\n__all__ = []\n', encoding="utf-8")
    (package / "inner.py").write_text(
        '"""Inner."""\n\nfrom math import pi\n\n\ndef told():\n    """Tells."""\n\n\n'
        "def silent(): ...\n\n\ndef _own(): ...\n",
        encoding="utf-8",
    )
    module = module_of(load(tmp_path, "own"), "own.inner")
    assert list(exported(module)) == ["told", "silent"]
    assert list(undocumented(module)) == ["own.inner.silent"]


def test_a_part_of_the_package_that_nobody_accounts_for_is_named(monkeypatch):
    assert unaccounted(load(ROOT)) == []
    rest = {name: why for name, why in reference.NOT_FOR_IMPORT.items() if name != "demo"}
    monkeypatch.setattr(reference, "NOT_FOR_IMPORT", rest)
    assert unaccounted(load(ROOT)) == ["demo"]
