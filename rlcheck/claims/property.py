"""A property: one promise that a claim implies, how it is judged, and why it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlcheck.verdict import Judge

if TYPE_CHECKING:
    from rlcheck.claims.claim import Claim

Condition = Callable[["Claim", frozenset[str]], str | None]

PAGES = {
    "policy-gradient/objective": "J is linear in the rewards, and what it is made of",
    "policy-gradient/sampled-mean": "a mean over rollouts: their order and number, halves of it",
    "policy-gradient/log-derivative": "grad J as an expectation; in one step, a bandit's",
    "policy-gradient/states": "J asks for no names: states renamed, split, appended",
    "baselines/state-dependent": "what does not depend on the action moves no gradient",
    "values/bootstrapping": "which value stands for the rewards after a row, and where none does",
    "values/regression": "the gradient of a squared error",
    "advantages/gae": "generalised advantages, cut at the ends of episodes",
    "advantages/limits": "lambda = 0 is the one-step error, lambda = 1 return minus value",
    "surrogates/first-order-equality": "the surrogate's gradient at the policy that sampled",
    "ppo/clip": "the case table of the clipped surrogate, and its bound",
    "ppo/entropy": "the gradient of the entropy bonus",
}
"""The pages that derive properties; the first part of an id is a chapter of the derivations:

    policy-gradient, baselines, values, advantages, importance-sampling, surrogates, trust-region,
    ppo, q-learning.
"""


@dataclass(frozen=True, kw_only=True)
class Property:
    """One promise.

    Attributes:
        id: kebab-case; works as a pytest id.
        sentence: the promise.
        judge: how it is judged.
        refusal: why it is not tried for a claim and what a subject asks for, or None.
        needs_reference: whether the claim's own formula is what it is held against.
        derivation: id of the page that derives why it holds (see `PAGES`); None where that is
            the claim's own.
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
