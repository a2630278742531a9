"""Every result, checked anew while the site is built, and how results lean on each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from derivations.catalogue import CHAPTERS
from derivations.errata import ERRATA
from derivations.errata.form import Erratum
from derivations.language.check import Checked, check, check_induction
from derivations.language.counterexample import Counterexample
from derivations.language.statement import Derivation, Induction, Relation, Statement

Result = Derivation | Induction


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One result with its place on the site.

    Args:
        chapter: the chapter's name.
        result: the derivation.
        checked: what accepted it, line by line.
    """

    chapter: str
    result: Result
    checked: Checked

    @property
    def path(self) -> str:
        """Of its page, without the edition's folder."""
        return f"derivations/{slug(self.chapter)}/{self.result.name}.md"

    @property
    def uses(self) -> tuple[str, ...]:
        """Names of the results that its lines refer to, each once, in order."""
        lines = (line for part in parts(self.result) for line in part.lines)
        return tuple(dict.fromkeys(name for line in lines for name in line.uses))


@dataclass(frozen=True, kw_only=True)
class Refuted:
    """One erratum, refuted.

    Args:
        erratum: what is printed, and what is right.
        found: the smallest counterexample.
        errors: of the printed direction, on named worlds; empty where it is no gradient.
    """

    erratum: Erratum
    found: Counterexample
    errors: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Results:
    """All results and errata.

    Args:
        entries: results by name, in the catalogue's order.
        errata: by name.
    """

    entries: Mapping[str, Entry]
    errata: Mapping[str, Refuted]

    def of_chapter(self, chapter: str) -> tuple[Entry, ...]:
        """The chapter's results, in order."""
        return tuple(e for e in self.entries.values() if e.chapter == chapter)

    def used_by(self, name: str) -> tuple[Entry, ...]:
        """The results one of whose lines refers to `name`."""
        return tuple(e for e in self.entries.values() if name in e.uses)

    @property
    def chapters(self) -> tuple[str, ...]:
        """The chapters' names, in order."""
        return tuple(dict.fromkeys(entry.chapter for entry in self.entries.values()))


def slug(name: str) -> str:
    """A name as it stands in an address."""
    return name.replace("_", "-")


def erratum_path(name: str) -> str:
    """The page of an erratum, without the edition's folder."""
    return f"errata/{name}.md"


def parts(result: Result) -> tuple[Derivation, ...]:
    """The chains of lines that a result is made of."""
    return (result.base, result.step) if isinstance(result, Induction) else (result,)


def end_to_end(result: Result) -> Statement:
    """What a result says: first line against last; of an induction, its claim."""
    if isinstance(result, Induction):
        return result.claim
    relations = {line.relation for line in result.lines} - {Relation.EQUAL}
    relation = relations.pop() if relations else Relation.EQUAL
    return Statement(
        left=result.start, relation=relation, right=result.lines[-1].right, forall=result.forall
    )


def check_all() -> Results:
    """Checks everything.

    Raises:
        Refused: a line of a result does not hold or an erratum is not refuted, so that there is
            no site.
    """
    return Results(
        entries={entry.result.name: entry for entry in _entries()},
        errata={
            erratum.name: Refuted(
                erratum=erratum, found=erratum.counterexample(), errors=erratum.errors()
            )
            for erratum in ERRATA
        },
    )


def _entries() -> Iterator[Entry]:
    for chapter, results in CHAPTERS:
        for result in results:
            checked = check_induction(result) if isinstance(result, Induction) else check(result)
            yield Entry(chapter=chapter, result=result, checked=checked)
