"""Every property of every claim, as data: what is promised, how it is judged, when it holds.

The ids are public. A property says nothing of how it is measured: judges collect measurements
under these ids, and a property holds where all of them do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlcheck.verdict import Judge

if TYPE_CHECKING:
    from rlcheck.claims.claim import Claim

Asks = frozenset[str]
Condition = Callable[["Claim", Asks], str | None]


@dataclass(frozen=True, kw_only=True)
class Property:
    """One promise.

    Attributes:
        id: kebab-case; works as a pytest id.
        sentence: the promise.
        judge: how it is judged.
        refusal: why it is not tried for a claim and what a subject asks for, or None.
        needs_reference: whether the claim's own formula is what it is held against.
    """

    id: str
    sentence: str
    judge: Judge
    refusal: Condition = lambda claim, asks: None
    needs_reference: bool = False


def _off_policy(claim: "Claim", asks: Asks) -> str | None:
    return None if claim.off_policy else "the claim is about the policy that sampled"


def _clip(claim: "Claim", asks: Asks) -> str | None:
    if "clip_eps" not in claim.settings or not claim.off_policy:
        return "the claim clips no ratio"
    return None if "advantages" in asks else "it computes its own advantages"


def _has_target(claim: "Claim", asks: Asks) -> str | None:
    return None if claim.target is not None else "the claim is no statement about an expectation"


def _target_off_policy(claim: "Claim", asks: Asks) -> str | None:
    refused = _has_target(claim, asks) or _off_policy(claim, asks)
    if refused is None and "clip_eps" in claim.settings and "advantages" not in asks:
        # min and clip are not linear in A: their expectation is no function of its mean.
        return "what is clipped depends on the sign of each advantage that it computes"
    return refused


def _first_order(claim: "Claim", asks: Asks) -> str | None:
    if claim.id in ("cpi", "ppo-clip", "ppo-penalty"):
        computes = "advantages" not in asks and "gamma" not in asks
        return "its discount is its own, and not one" if computes else None
    return "the claim does not promise it" if claim.target else "no gradient"


def _mask(claim: "Claim", asks: Asks) -> str | None:
    if "ragged" not in claim.forms:
        return "the claim is not about batches"
    return None if "mask" in asks else "it asks for no `mask`"


def _batches(claim: "Claim", asks: Asks) -> str | None:
    return None if claim.gives != "number" else "the claim is not about batches"


def _policy_credit(claim: "Claim", asks: Asks) -> str | None:
    if "policy" not in claim.trains or not {s.id for s in claim.stages} & {"surrogate"}:
        return "the claim credits no action"
    return None if "advantages" in asks else "it is given no advantages"


def _turns_rewards_into_credit(claim: "Claim", asks: Asks) -> bool:
    given = bool(asks & {"advantages", "returns"})
    estimates = any(stage.id == "advantages" for stage in claim.stages)
    return claim.reads_ends or ("rewards" in asks and not given and estimates)


def _next_values(claim: "Claim", asks: Asks) -> str | None:
    if "segments" not in claim.forms or not _turns_rewards_into_credit(claim, asks):
        return "ends of episodes play no part in the claim"
    return None if "next_values" in asks else "it asks for no `next_values`"


def _truncation(claim: "Claim", asks: Asks) -> str | None:
    refused = _next_values(claim, asks)
    return refused or (None if "truncated" in asks else "it does not ask for `truncated`")


def _arrays(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives != "array":
        return "the claim gives no array"
    from rlcheck.vocabulary import FLAGS  # a leaf; kept out of the module's own imports

    return None if asks & FLAGS else "it asks for no flag"


def _values_untrained(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives != "loss" or "value_fn" in claim.trains:
        return "the claim trains the value function"
    if asks & {"value_fn", "agent", "values_new"}:
        return None
    return "its inputs arrive without a graph: it computes no values itself"


def _entropy_only(claim: "Claim", asks: Asks) -> str | None:
    return None if claim.id == "entropy-bonus" else "the claim is about more than entropy"


def _value_only(claim: "Claim", asks: Asks) -> str | None:
    return None if claim.id == "value-loss" else "the claim is about more than values"


def _lower_bound(claim: "Claim", asks: Asks) -> str | None:
    return _clip(claim, asks)


def _on_ratio(claim: "Claim", asks: Asks) -> str | None:
    if "clip_eps" not in claim.settings or not claim.off_policy:
        return "the claim clips no ratio"
    return None if "clip_eps" in asks else "it does not ask for `clip_eps`"


def _region(sign: str, region: str) -> Property:
    where = {"below": "below 1 - eps", "inside": "inside the range", "above": "above 1 + eps"}
    return Property(
        id=f"{sign}-advantage-{region}",
        sentence=f"the gradient is right where A is {sign} and the ratio lies {where[region]}",
        judge="same batch",
        refusal=_clip,
        needs_reference=True,
    )


PROPERTIES: tuple[Property, ...] = (
    Property(
        id="same-batch-on-policy",
        sentence="on one batch of the current policy it gives what the formula gives",
        judge="same batch",
        needs_reference=True,
    ),
    Property(
        id="same-batch-off-policy",
        sentence="on one batch of an older policy it gives what the formula gives",
        judge="same batch",
        refusal=_off_policy,
        needs_reference=True,
    ),
    *(_region(s, r) for s in ("positive", "negative") for r in ("below", "inside", "above")),
    Property(
        id="exact-on-policy",
        sentence="over all rollouts of the current policy its expectation is the exact one",
        judge="exact",
        refusal=_has_target,
    ),
    Property(
        id="exact-off-policy",
        sentence="over all rollouts of an older policy its expectation is the exact one",
        judge="exact",
        refusal=_target_off_policy,
    ),
    Property(
        id="first-order-equality",
        sentence="on policy, with gamma = 1, T times it is minus the gradient of J",
        judge="exact",
        refusal=_first_order,
    ),
    Property(id="repeatable", sentence="two identical calls agree", judge="structural"),
    Property(
        id="inputs-untouched",
        sentence="a call leaves its arguments as they were",
        judge="structural",
    ),
    Property(
        id="order-of-rollouts",
        sentence="the order of rollouts in the batch does not matter",
        judge="structural",
        refusal=_batches,
    ),
    Property(
        id="splitting",
        sentence="a batch gives the weighted mean of what its halves give",
        judge="structural",
        refusal=_batches,
    ),
    Property(
        id="masked-slots-ignored",
        sentence="what lies in masked slots changes nothing",
        judge="structural",
        refusal=_mask,
    ),
    Property(
        id="credit-stays-in-its-state",
        sentence="an advantage in one state moves the policy in that state alone",
        judge="structural",
        refusal=_policy_credit,
    ),
    Property(
        id="credit-raises-probability",
        sentence="a positive advantage makes its action likelier, a negative one less likely",
        judge="structural",
        refusal=_policy_credit,
    ),
    Property(
        id="ratio-one",
        sentence="at the policy that sampled, the clip range plays no part",
        judge="structural",
        refusal=_on_ratio,
    ),
    Property(
        id="lower-bound",
        sentence="the objective is nowhere above mean(ratio A)",
        judge="structural",
        refusal=_lower_bound,
    ),
    Property(
        id="boundaries-do-not-leak",
        sentence="nothing after the end of an episode changes what is before it",
        judge="structural",
        refusal=_arrays,
    ),
    Property(
        id="truncation-bootstraps",
        sentence="V of the successor matters where a step was truncated",
        judge="structural",
        refusal=_truncation,
    ),
    Property(
        id="termination-does-not-bootstrap",
        sentence="V of the successor does not matter where a step terminated",
        judge="structural",
        refusal=_next_values,
    ),
    Property(
        id="values-untouched",
        sentence="no gradient flows into the value function",
        judge="structural",
        refusal=_values_untrained,
    ),
    Property(
        id="entropy-rises",
        sentence="a step against the gradient raises the entropy",
        judge="structural",
        refusal=_entropy_only,
    ),
    Property(
        id="error-falls",
        sentence="a step against the gradient lowers the squared error",
        judge="structural",
        refusal=_value_only,
    ),
    Property(
        id="float32-agrees",
        sentence="in float32 it gives the same, to float32's precision",
        judge="structural",
        refusal=_batches,
    ),
)
