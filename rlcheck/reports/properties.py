"""The catalogue of properties as lines: what each promises, how it is judged, what derives it."""

from collections.abc import Iterator

from rlcheck.claims import Claim, find_claim
from rlcheck.claims.properties import PROPERTIES, Property
from rlcheck.vocabulary import WORDS

_EVERYTHING = frozenset(WORDS)
# What a subject computes itself it does not ask for, and some properties are tried only there.
_ASKED = (
    _EVERYTHING,
    _EVERYTHING - {"advantages"},
    _EVERYTHING - {"advantages", "returns"},
    _EVERYTHING - {"rewards"},
    # A product is handed a vector, a solver an operator, a step neither.
    _EVERYTHING - {"vector"},
    _EVERYTHING - {"vector", "operator"},
)


def listing(claim: str | None = None) -> Iterator[str]:
    """A line for each property, and one for what derives it.

    Args:
        claim: only what this claim promises of some implementation.

    Raises:
        InvalidArgument: there is no such claim.
    """
    held_to = None if claim is None else find_claim(claim)
    chosen = [p for p in PROPERTIES if held_to is None or can_be_tried(held_to, p)]
    width = max(len(p.id) for p in chosen)
    for prop in chosen:
        derivation = prop.derived_in(held_to) if held_to else prop.derivation or "its claim's page"
        yield f"{prop.id:<{width}}  {prop.judge:<10}  {prop.sentence} [{derivation}]"


def can_be_tried(claim: Claim, prop: Property) -> bool:
    """Whether the claim makes this promise of any implementation, whatever that asks for."""
    return any(prop.refusal(claim, asks) is None for asks in _ASKED)
