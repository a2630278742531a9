"""A property: one promise that a claim implies, how it is judged, and why it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlcheck.verdict import Judge

if TYPE_CHECKING:
    from rlcheck.claims.claim import Claim

Condition = Callable[["Claim", frozenset[str]], str | None]


@dataclass(frozen=True, kw_only=True)
class Property:
    """One promise.

    Attributes:
        id: kebab-case; works as a pytest id.
        sentence: the promise.
        judge: how it is judged.
        refusal: why it is not tried for a claim and what a subject asks for, or None.
        needs_reference: whether the claim's own formula is what it is held against.
        derivation: id of the page that derives why it holds (see `rlcheck.claims.pages`); None
            where that is the claim's own.
    """

    id: str
    sentence: str
    judge: Judge
    refusal: Condition = lambda claim, asks: None
    needs_reference: bool = False
    derivation: str | None = None

    def derived_in(self, claim: "Claim") -> str:
        """The page that derives why it holds under a claim."""
        return self.derivation or claim.derivation
