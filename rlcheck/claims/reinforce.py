"""`reinforce`: the gradient of the discounted objective from whole episodes."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    DISCOUNTING,
    MEAN_OVER_ROLLOUTS,
    NO_BASELINE,
    NORMALISATION,
    RETURNS,
    SCORE_SURROGATE,
    Workspace,
)


def assemble(x: Workspace, picks: Picks) -> Tensor:
    """-reduce(surrogate(logp_t, weight_t * normalise(baseline(G_t))))."""
    credit = picks["baseline"].compute(x, picks["returns"].compute(x))
    weight = picks["discounting"].compute(x)
    normalise = picks["normalisation"].compute
    # A whole return is weighted before it is normalised: gamma^t times its credit is R itself.
    weighted = normalise(x, weight * credit) if x.full_return else weight * normalise(x, credit)
    objective = picks["surrogate"].compute(x, x.logp, weighted)
    return -picks["reduction"].compute(x, objective)


def target(truth: Truth) -> Tensor:
    """Minus the objective itself: autograd takes its gradient."""
    return -truth.objective()


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    return losses.reinforce(
        logp=x.logp,
        rewards=x.rewards,
        gamma=x.gamma,
        terminated=rollout.terminated,
        truncated=rollout.truncated,
        mask=rollout.mask,
    )


REINFORCE = Claim(
    id="reinforce",
    promise=PROMISES["reinforce"],
    derivation="policy-gradient/reward-to-go",
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
        NO_BASELINE,
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
    planted=("returns", "no-future-credit"),
)
