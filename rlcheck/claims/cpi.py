"""`cpi`: the surrogate of conservative policy iteration, ratio times advantage."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import computed_advantages, reference_advantages
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    ADVANTAGES,
    MEAN_OVER_STEPS,
    NORMALISATION,
    PLAIN_SURROGATE,
    RATIO,
    Workspace,
)


def assemble(x: Workspace, picks: Picks) -> Tensor:
    """-reduce(surrogate(ratio, normalise(advantages)))."""
    advantages = picks["normalisation"].compute(x, computed_advantages(x, picks))
    objective = picks["surrogate"].compute(x, picks["ratio"].compute(x), advantages)
    return -picks["reduction"].compute(x, objective)


def _reference(x: Workspace) -> Tensor:
    return losses.cpi(
        logp=x.logp,
        logp_old=x.logp_old,
        advantages=reference_advantages(x),
        mask=x.batch.rollout.mask,
    )


def _target(truth: Truth) -> Tensor:
    return targets.advantage_weighted(truth.pi, truth.pi_old, truth.advantages, truth.visits)


TERM = Term(
    stages=("advantages", "normalisation", "ratio", "surrogate", "reduction"), compute=assemble
)

CPI = Claim(
    id="cpi",
    promise=PROMISES["cpi"],
    derivation="surrogates/conservative-policy-iteration",
    settings={"gamma": 0.75, "gae_lambda": 1.0},
    varied={"gamma": (0.75, 0.875), "gae_lambda": (0.5, 0.75)},
    stages=(ADVANTAGES, NORMALISATION, RATIO, PLAIN_SURROGATE, MEAN_OVER_STEPS),
    terms=(TERM,),
    reference=_reference,
    target=_target,
    target_continuous=continuous_truth.surrogate,
    planted=("ratio", "ratio-inverted"),
)
