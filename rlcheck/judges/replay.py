"""A replay line: one property, on the very case where it was found to fail."""

from rlcheck.claims.properties import PROPERTIES
from rlcheck.errors import InvalidArgument
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.examination import Examination, measure_again
from rlcheck.judges.recipe import Recipe, make_case


def read_line(line: str) -> tuple[str, Recipe]:
    """`PROPERTY.TOKEN` as a report prints it.

    Raises:
        InvalidArgument: there is no such property, or the token was cut.
    """
    name, dot, token = line.partition(".")
    known = [prop.id for prop in PROPERTIES]
    if not dot or name not in known:
        raise InvalidArgument.of(
            "replay", line, f"{name!r} is no property", "the whole token as a report printed it"
        )
    return name, Recipe.from_token(token)


def replayed_case(examination: Examination, line: str) -> tuple[str, AnyCase]:
    """The property of a line, and its case around the subject's networks.

    Raises:
        InvalidArgument: as `read_line`, or the line is about a subject of other networks.
    """
    name, recipe = read_line(line)
    own = examination.subject.own
    if own is not None and recipe.size.n_actions != own.action.size:
        raise InvalidArgument.of(
            "replay", line, f"it is about {recipe.size.n_actions} actions, and the subject has "
            f"{own.action.size}", "a line that was printed for this subject",
        )  # fmt: skip
    return name, make_case(recipe, own=own)


def replay(examination: Examination, line: str) -> AnyCase:
    """Measures one property again; the measurements are the examination's.

    Raises:
        InvalidArgument: as `replayed_case`.
        SubjectFailure: the subject gives nothing to judge.
        NoRoute: nothing honest is left to measure it by.
    """
    name, case = replayed_case(examination, line)
    examination.measurements += measure_again(examination, name, case)
    return case
