"""The pages that derive what is promised: an id, what stands there, and its inventory rows.

The first part of an id is a chapter of the derivations: policy-gradient, baselines, values,
advantages, importance-sampling, surrogates, trust-region, ppo, q-learning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        sentence: what it shows.
        rows: the rows of the formula inventory (`derivations/inventory.toml`) that it covers.
    """

    sentence: str
    rows: tuple[str, ...]


PAGES: Mapping[str, Page] = MappingProxyType(
    {
        "policy-gradient/objective": Page(
            "J is linear in the rewards, and what it is made of", ("A1", "A2")
        ),
        "policy-gradient/sampled-mean": Page(
            "a mean over rollouts: their order and number, halves of it", ("A8",)
        ),
        "policy-gradient/log-derivative": Page(
            "grad J as an expectation; in one step, a bandit's", ("A3", "A4")
        ),
        "policy-gradient/reward-to-go": Page("rewards before an action are not its own", ("B3",)),
        "policy-gradient/states": Page(
            "J asks for no names: states renamed, split, appended", ("A1", "A5")
        ),
        "baselines/state-dependent": Page(
            "what does not depend on the action moves no gradient", ("B1",)
        ),
        "values/bootstrapping": Page(
            "which value stands for the rewards after a row, and where none does", ("C1", "E9")
        ),
        "values/bootstrapped-returns": Page("returns that end in a value", ("C1", "C2")),
        "values/regression": Page("the gradient of a squared error", ("C2",)),
        "values/one-step-advantage": Page("the one-step error as an advantage", ("C3",)),
        "values/advantage-actor-critic": Page("a policy and its critic in one loss", ("C5",)),
        "q-learning/greedy-target": Page(
            "the greedy value of the successor, and which network gives it", ("C6",)
        ),
        "q-learning/held-target": Page(
            "a target is a number: what is differentiated is the prediction alone", ("C2", "C6")
        ),
        "advantages/gae": Page("generalised advantages, cut at the ends of episodes", ("C4", "E9")),
        "advantages/limits": Page(
            "lambda = 0 is the one-step error, lambda = 1 return minus value", ("C4",)
        ),
        "importance-sampling/per-decision": Page("weights that need no later ratio", ("D1", "D4")),
        "surrogates/conservative-policy-iteration": Page(
            "the ratio times the advantage", ("D6", "E2")
        ),
        "surrogates/first-order-equality": Page(
            "the surrogate's gradient at the policy that sampled", ("D6",)
        ),
        "trust-region/fisher": Page("the curvature of the divergence, by scores", ("E1",)),
        "trust-region/step": Page("the step that gains most at one divergence", ("E2",)),
        "ppo/clip": Page("the case table of the clipped surrogate, and its bound", ("E5",)),
        "ppo/penalty": Page("a penalty in place of a trust region", ("E3", "E4")),
        "ppo/adaptive-penalty": Page("the rule for the penalty's weight", ("E4",)),
        "ppo/entropy": Page("the gradient of the entropy bonus", ("E7",)),
        "ppo/objective": Page("surrogate, value and entropy in one loss", ("E7", "E8")),
    }
)
