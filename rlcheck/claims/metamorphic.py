"""Relations that need no reference: what must change with the input, how, and where that is true.

Each is derived from what a claim promises, never from how its formula is written. A claim that is
a formula is held to them on a batch. A claim about an expectation leaves the estimator free, and
is held to them between expectations (see `rlcheck.judges.structural.in_expectation`).
"""

from typing import TYPE_CHECKING

import torch

from rlcheck.claims.conditions import SUCCESSORS, batches, turns_rewards_into_credit
from rlcheck.claims.property import Property
from rlcheck.vocabulary import FLAGS

if TYPE_CHECKING:
    from rlcheck.claims.claim import Claim

Asks = frozenset[str]

_MEMORY = "states and values are what is remembered of them: they have no weights of their own"
_SURROGATES = ("cpi", "ppo-clip", "ppo-penalty")
_OF_THE_LAST_ROW = frozenset({"next_done", "last_dones"})


def _in_units_of_reward(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives == "step":
        return "a step does not grow with what rewards are worth"
    if claim.remembers:
        return _MEMORY
    if asks & {"rewards", "advantages", "returns"}:
        return batches(claim, asks)
    return "it reads nothing in units of reward"


def _reads_rewards(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives == "step":
        return "a step is given its advantages"
    return batches(claim, asks) if "rewards" in asks else "it reads no rewards"


def _shifted(claim: "Claim", asks: Asks) -> str | None:
    refused = _reads_rewards(claim, asks)
    return refused or (None if "gamma" in claim.settings else "the claim makes nothing of rewards")


def _gradient(claim: "Claim", asks: Asks) -> str | None:
    if claim.remembers:
        return _MEMORY
    return None if claim.gives == "loss" else "the claim gives no gradient"


def _sums_over_time(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives == "array" or (claim.gives == "loss" and claim.averages == "rollouts"):
        return None
    return "a mean over steps changes with their number"


def _credits(claim: "Claim", asks: Asks) -> str | None:
    given = claim.remembers or asks & {"advantages", "returns"}
    refused = _reads_rewards(claim, asks)
    return refused or ("its credit is given" if given else None)


def _gamma(claim: "Claim", asks: Asks) -> str | None:
    refused = _credits(claim, asks)
    return refused or (None if asks & {"gamma", "discount_t"} else "it asks for no `gamma`")


def _lambda(claim: "Claim", asks: Asks) -> str | None:
    refused = _credits(claim, asks)
    if refused is None and "advantages" not in {stage.id for stage in claim.stages}:
        return "the claim has no lambda"
    return refused or (None if "gae_lambda" in asks else "it asks for no `gae_lambda`")


def _lambda_one(claim: "Claim", asks: Asks) -> str | None:
    refused = _lambda(claim, asks)
    given = "values" in asks and asks & {"next_values", "last_values"}
    if refused is None and asks & {"value_fn", "agent", "values_new"} and not given:
        return "it values states itself: no other value can be put in between"
    return refused


def _bandit(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives == "loss" and (claim.decides == "exact" or claim.id in _SURROGATES):
        return None
    return "the claim is not the gradient of J alone"


def _joined(claim: "Claim", asks: Asks) -> str | None:
    if claim.gives == "number" or claim.decides == "exact" or "segments" not in claim.forms:
        return "the claim is about whole episodes, or does not say how they are averaged"
    if not turns_rewards_into_credit(claim, asks):
        return None
    if not asks & (FLAGS - _OF_THE_LAST_ROW):
        return "it asks for no flag that shows where an episode ends"
    if not claim.reads_cuts:
        return None if asks & SUCCESSORS else "it asks for nothing of the successor"
    values_itself = asks & {"value_fn", "agent"} and "next_obs" in asks
    bootstraps = asks & {"next_values", "last_values"} or values_itself
    return None if bootstraps else "it asks for no value of the state after the last row"


def _accelerator(claim: "Claim", asks: Asks) -> str | None:
    refused = batches(claim, asks)
    return refused or (None if torch.cuda.is_available() else "there is no GPU here")


RELATIONS: tuple[Property, ...] = (
    Property(
        id="rewards-scaled",
        sentence="what rewards are worth grows with them, in proportion",
        judge="structural",
        refusal=_in_units_of_reward,
        derivation="policy-gradient/objective",
    ),
    Property(
        id="rewards-shifted",
        sentence="one more for every step moves values alone, where all episodes are as long",
        judge="structural",
        refusal=_shifted,
        derivation="policy-gradient/objective",
    ),
    Property(
        id="states-relabelled",
        sentence="the names of states do not matter",
        judge="structural",
        refusal=_gradient,
        derivation="policy-gradient/states",
    ),
    Property(
        id="state-duplicated",
        sentence="a state that becomes two leaves them the gradient of the one",
        judge="structural",
        refusal=_gradient,
        derivation="policy-gradient/states",
    ),
    Property(
        id="absorbing-state-appended",
        sentence="one more step without reward or value, before the end, adds nothing",
        judge="structural",
        refusal=_sums_over_time,
        derivation="policy-gradient/states",
    ),
    Property(
        id="episodes-joined",
        sentence="two episodes in one column are worth two columns",
        judge="structural",
        refusal=_joined,
        derivation="values/bootstrapping",
    ),
    Property(
        id="gamma-zero",
        sentence="with gamma = 0 nothing that comes later counts",
        judge="structural",
        refusal=_gamma,
        derivation="policy-gradient/objective",
    ),
    Property(
        id="lambda-zero",
        sentence="with lambda = 0 an advantage is the one-step error",
        judge="structural",
        refusal=_lambda,
        derivation="advantages/limits",
    ),
    Property(
        id="lambda-one",
        sentence="with lambda = 1 the values of states in between cancel",
        judge="structural",
        refusal=_lambda_one,
        derivation="advantages/limits",
    ),
    Property(
        id="bandit-closed-form",
        sentence="in episodes of one step its expectation is a bandit's gradient",
        judge="structural",
        refusal=_bandit,
        derivation="policy-gradient/log-derivative",
    ),
    Property(
        id="devices-agree",
        sentence="on CPU and on GPU it gives the same",
        judge="structural",
        refusal=_accelerator,
    ),
)
