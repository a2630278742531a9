"""`actor-critic`: the policy gradient from one-step errors of an exact critic."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import DISCOUNTING, MEAN_OVER_ROLLOUTS, SCORE_SURROGATE, TD_ERROR, Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    weighted = picks["discounting"].compute(x) * picks["error"].compute(x)
    objective = picks["surrogate"].compute(x, x.logp, weighted)
    return -picks["reduction"].compute(x, objective)


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    return losses.actor_critic(
        logp=x.logp,
        rewards=x.rewards,
        values=x.values,
        next_values=x.next_values,
        terminated=rollout.terminated,
        gamma=x.gamma,
        truncated=rollout.truncated,
        mask=rollout.mask,
    )


def _target(truth: Truth) -> Tensor:
    return targets.advantage_weighted(
        truth.pi, truth.pi_old, truth.advantages, truth.discounted_visits
    )


ACTOR_CRITIC = Claim(
    id="actor-critic",
    promise=PROMISES["actor-critic"],
    derivation="values/one-step-advantage",
    decides="exact",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    reads_ends=True,
    averages="rollouts",
    off_policy=False,
    stages=(TD_ERROR, DISCOUNTING, SCORE_SURROGATE, MEAN_OVER_ROLLOUTS),
    terms=(Term(stages=("error", "discounting", "surrogate", "reduction"), compute=_assemble),),
    reference=_reference,
    target=_target,
    target_continuous=continuous_truth.discounted_credit,
    planted=("error", "termination-bootstraps"),
)
