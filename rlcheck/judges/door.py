"""Which networks a claim is about: with a memory or without one. The other kind is wrong use."""

from rlcheck.claims import CLAIMS, Claim
from rlcheck.errors import InvalidArgument
from rlcheck.subjects import Subject
from rlcheck.subjects.recurrent import RecurrentNetworks

_WITHOUT_MEMORY = frozenset({"network", "policy_old"})
_OF_A_MEMORY = "initial_state"


def refuse_other_memory(subject: Subject, claim: Claim, actions: str) -> None:
    """Refuses networks, words and actions that the claim is not about.

    Raises:
        InvalidArgument: the claim is about policies with a memory and the subject has none, or
            the other way round.
    """
    own = subject.own
    if claim.remembers:
        if own is not None and not isinstance(own, RecurrentNetworks):
            raise InvalidArgument.of(
                "agent", subject.name, f"its networks remember nothing, and {claim.id} is about a "
                "memory", "get_action_and_value(obs, state, starts, action), get_value(obs, state, "
                "starts), or another claim",
            )  # fmt: skip
        foreign = sorted(subject.asks & _WITHOUT_MEMORY)
        if foreign:
            raise InvalidArgument.of(
                "claim", claim.id, f"it hands over no {foreign[0]}",
                "`policy` (obs, state, starts) -> (law, state), or `agent`",
            )  # fmt: skip
        if actions != "discrete":
            raise InvalidArgument.of(
                "actions", actions, f"{claim.id} is tried with finitely many", "'discrete'"
            )
        return
    about = ", ".join(one.id for one in CLAIMS if one.remembers)
    if isinstance(own, RecurrentNetworks):
        raise InvalidArgument.of(
            "claim", claim.id, "it is about policies without a memory, and the agent carries one",
            about,
        )  # fmt: skip
    if _OF_A_MEMORY in subject.asks:
        raise InvalidArgument.of(
            "claim", claim.id, f"it hands over no {_OF_A_MEMORY}: its policies have no memory",
            about,
        )  # fmt: skip
