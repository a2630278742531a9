"""What policies with a memory are held to, besides the rest: where it begins, and what it reaches.

Each follows from h_t = step(o_t, (1 - start_t) h_{t-1}) alone, whatever is made of h_t.
"""

from typing import TYPE_CHECKING

from rlcheck.claims.property import Property

if TYPE_CHECKING:
    from rlcheck.claims.claim import Claim

Asks = frozenset[str]


def _memory(claim: "Claim", asks: Asks) -> str | None:
    return None if claim.remembers else "the claim is about policies without a memory"


def _carried(claim: "Claim", asks: Asks) -> str | None:
    refused = _memory(claim, asks)
    return refused or (None if "initial_state" in asks else "it asks for no `initial_state`")


def _credited(claim: "Claim", asks: Asks) -> str | None:
    refused = _memory(claim, asks)
    return refused or (None if "advantages" in asks else "it is given no advantages")


REMEMBERING: tuple[Property, ...] = (
    Property(
        id="beginnings-forget",
        sentence="nothing from before the beginning of an episode enters what follows",
        judge="structural",
        refusal=_credited,
    ),
    Property(
        id="state-is-carried",
        sentence="the state that a segment begins with matters where an episode goes on",
        judge="structural",
        refusal=_carried,
    ),
    Property(
        id="credit-reaches-back",
        sentence="credit reaches what was seen earlier in its episode, through the state",
        judge="structural",
        refusal=_credited,
    ),
)
