"""`reinforce-baseline`: REINFORCE with the state's value subtracted."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim, Term
from rlcheck.claims.reinforce import assemble, target
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    DISCOUNTING,
    MEAN_OVER_ROLLOUTS,
    NORMALISATION,
    RETURNS,
    SCORE_SURROGATE,
    VALUE_BASELINE,
    Workspace,
)


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    return losses.reinforce_baseline(
        logp=x.logp,
        rewards=x.rewards,
        values=x.values,
        gamma=x.gamma,
        terminated=rollout.terminated,
        truncated=rollout.truncated,
        mask=rollout.mask,
    )


REINFORCE_BASELINE = Claim(
    id="reinforce-baseline",
    promise=PROMISES["reinforce-baseline"],
    derivation="baselines/state-dependent",
    decides="exact",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    forms=("fixed", "delayed", "ragged"),
    reads_ends=True,
    averages="rollouts",
    critic="any",
    off_policy=False,
    stages=(
        RETURNS,
        DISCOUNTING,
        VALUE_BASELINE,
        NORMALISATION,
        SCORE_SURROGATE,
        MEAN_OVER_ROLLOUTS,
    ),
    terms=(
        Term(
            stages=(
                "returns",
                "discounting",
                "baseline",
                "normalisation",
                "surrogate",
                "reduction",
            ),
            compute=assemble,
        ),
    ),
    reference=_reference,
    target=target,
    target_continuous=continuous_truth.objective,
    planted=("baseline", "baseline-of-successor"),
)
