"""`importance-sampling`: the gradient of J at one policy from another's episodes."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.reinforce import target
from rlcheck.promises import PROMISES
from rlcheck.variants import MEAN_OVER_ROLLOUTS, RATIO, WEIGHTING, Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    objective = picks["weighting"].compute(x, picks["ratio"].compute(x))
    return -picks["reduction"].compute(x, objective)


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    return losses.importance_sampling(
        logp=x.logp,
        logp_old=x.logp_old,
        rewards=x.rewards,
        gamma=x.gamma,
        terminated=rollout.terminated,
        truncated=rollout.truncated,
        mask=rollout.mask,
    )


IMPORTANCE_SAMPLING = Claim(
    id="importance-sampling",
    promise=PROMISES["importance-sampling"],
    derivation="importance-sampling/per-decision",
    decides="exact",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    forms=("fixed", "delayed", "ragged"),
    reads_ends=True,
    averages="rollouts",
    critic="any",
    stages=(RATIO, WEIGHTING, MEAN_OVER_ROLLOUTS),
    terms=(Term(stages=("ratio", "weighting", "reduction"), compute=_assemble),),
    reference=_reference,
    target=target,
    target_continuous=continuous_truth.objective,
    planted=("weighting", "per-step-weights"),
)
