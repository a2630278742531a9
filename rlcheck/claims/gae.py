"""`gae`: generalised advantage estimation."""

from torch import Tensor

from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA, LAMBDA, estimated_advantages
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import ADVANTAGES, NORMALISATION, Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    advantages = picks["advantages"].compute(x)
    return picks["normalisation"].compute(x, advantages) * x.mask


def _target(truth: Truth) -> Tensor:
    assert truth.length is not None
    return targets.expected_gae(
        truth.world, truth.pi_old, truth.critic,
        truth.settings["gae_lambda"], truth.length, truth.segments,
    )  # fmt: skip


GAE = Claim(
    id="gae",
    promise=PROMISES["gae"],
    derivation="advantages/gae",
    gives="array",
    settings={"gamma": GAMMA[0], "gae_lambda": LAMBDA[0]},
    varied={"gamma": GAMMA, "gae_lambda": LAMBDA},
    reads_ends=True,
    off_policy=False,
    trains=(),
    stages=(ADVANTAGES, NORMALISATION),
    terms=(Term(stages=("advantages", "normalisation"), compute=_assemble),),
    reference=estimated_advantages,
    target=_target,
    target_continuous=continuous_truth.advantage_moments,
    planted=("advantages", "flags-read-late"),
)
