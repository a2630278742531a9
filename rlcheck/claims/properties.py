"""Every property of every claim, as data: what is promised, how it is judged, when it holds.

The ids are public. A property says nothing of how it is measured: judges collect measurements
under these ids, and a property holds where all of them do.
"""

from rlcheck.claims import conditions
from rlcheck.claims.metamorphic import RELATIONS
from rlcheck.claims.property import Property
from rlcheck.claims.remembering import REMEMBERING
from rlcheck.claims.step_properties import STEPS

__all__ = ["PROPERTIES", "Property"]


def _region(sign: str, region: str) -> Property:
    where = {"below": "below 1 - eps", "inside": "inside the range", "above": "above 1 + eps"}
    return Property(
        id=f"{sign}-advantage-{region}",
        sentence=f"the gradient is right where A is {sign} and the ratio lies {where[region]}",
        judge="same batch",
        refusal=conditions.clip,
        needs_reference=True,
        derivation="ppo/clip",
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
        refusal=conditions.off_policy,
        needs_reference=True,
    ),
    *(_region(s, r) for s in ("positive", "negative") for r in ("below", "inside", "above")),
    Property(
        id="exact-on-policy",
        sentence="over all rollouts of the current policy its expectation is the exact one",
        judge="exact",
        refusal=conditions.has_target,
    ),
    Property(
        id="exact-off-policy",
        sentence="over all rollouts of an older policy its expectation is the exact one",
        judge="exact",
        refusal=conditions.target_off_policy,
    ),
    Property(
        id="first-order-equality",
        sentence="on policy, with gamma = 1, T times it is minus the gradient of J",
        judge="exact",
        refusal=conditions.first_order,
        derivation="surrogates/first-order-equality",
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
        refusal=conditions.batches,
        derivation="policy-gradient/sampled-mean",
    ),
    Property(
        id="splitting",
        sentence="a batch gives the weighted mean of what its halves give",
        judge="structural",
        refusal=conditions.means,
        derivation="policy-gradient/sampled-mean",
    ),
    Property(
        id="duplication",
        sentence="a batch twice over gives what it gives once",
        judge="structural",
        refusal=conditions.batches,
        derivation="policy-gradient/sampled-mean",
    ),
    Property(
        id="masked-slots-ignored",
        sentence="what lies in masked slots changes nothing",
        judge="structural",
        refusal=conditions.mask,
        derivation="policy-gradient/sampled-mean",
    ),
    Property(
        id="credit-stays-in-its-state",
        sentence="an advantage in one state moves the policy in that state alone",
        judge="structural",
        refusal=conditions.state_credit,
        derivation="policy-gradient/log-derivative",
    ),
    Property(
        id="credit-raises-probability",
        sentence="a positive advantage makes its action likelier, a negative one less likely",
        judge="structural",
        refusal=conditions.policy_credit,
        derivation="policy-gradient/log-derivative",
    ),
    Property(
        id="ratio-one",
        sentence="at the policy that sampled, the clip range plays no part",
        judge="structural",
        refusal=conditions.on_ratio,
        derivation="ppo/clip",
    ),
    Property(
        id="lower-bound",
        sentence="the objective is nowhere above mean(ratio A)",
        judge="structural",
        refusal=conditions.clip,
        derivation="ppo/clip",
    ),
    Property(
        id="boundaries-do-not-leak",
        sentence="nothing after the end of an episode changes what is before it",
        judge="structural",
        refusal=conditions.arrays,
        derivation="values/bootstrapping",
    ),
    Property(
        id="truncation-bootstraps",
        sentence="V of the successor matters where a step was truncated",
        judge="structural",
        refusal=conditions.truncation,
        derivation="values/bootstrapping",
    ),
    Property(
        id="termination-does-not-bootstrap",
        sentence="V of the successor does not matter where a step terminated",
        judge="structural",
        refusal=conditions.next_values,
        derivation="values/bootstrapping",
    ),
    Property(
        id="target-held-fixed",
        sentence="no gradient flows through the value of the successor",
        judge="structural",
        refusal=conditions.held_target,
        derivation="q-learning/held-target",
    ),
    Property(
        id="values-untouched",
        sentence="no gradient flows into the value function",
        judge="structural",
        refusal=conditions.values_untrained,
        derivation="baselines/state-dependent",
    ),
    Property(
        id="entropy-rises",
        sentence="a step against the gradient raises the entropy",
        judge="structural",
        refusal=conditions.entropy_only,
        derivation="ppo/entropy",
    ),
    Property(
        id="error-falls",
        sentence="a step against the gradient lowers the squared error",
        judge="structural",
        refusal=conditions.value_only,
        derivation="values/regression",
    ),
    *STEPS,
    *REMEMBERING,
    *RELATIONS,
    Property(
        id="float32-agrees",
        sentence="in float32 it gives the same, to float32's precision",
        judge="structural",
        refusal=conditions.rounded,
    ),
)
