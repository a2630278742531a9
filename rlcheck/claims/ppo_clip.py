"""`ppo-clip`: PPO's clipped surrogate."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth, cpi
from rlcheck.claims._shared import CLIP, GAMMA, LAMBDA, reference_advantages
from rlcheck.claims.claim import Claim
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    ADVANTAGES,
    CLIPPED_SURROGATE,
    MEAN_OVER_STEPS,
    NORMALISATION,
    RATIO,
    Workspace,
)


def _reference(x: Workspace) -> Tensor:
    return losses.ppo_clip(
        logp=x.logp,
        logp_old=x.logp_old,
        advantages=reference_advantages(x),
        clip_eps=x.clip_eps,
        mask=x.batch.rollout.mask,
    )


def target(truth: Truth) -> Tensor:
    """The expected gradient of the clipped surrogate, by PPO's case table."""
    eps = truth.settings["clip_eps"]
    return targets.clipped(truth.pi, truth.pi_old, truth.advantages, truth.visits, eps)


PPO_CLIP = Claim(
    id="ppo-clip",
    promise=PROMISES["ppo-clip"],
    derivation="ppo/clip",
    settings={"clip_eps": CLIP[0], "gamma": GAMMA[0], "gae_lambda": 1.0},
    varied={"clip_eps": CLIP, "gamma": GAMMA, "gae_lambda": LAMBDA},
    stages=(ADVANTAGES, NORMALISATION, RATIO, CLIPPED_SURROGATE, MEAN_OVER_STEPS),
    terms=(cpi.TERM,),
    reference=_reference,
    target=target,
    target_continuous=continuous_truth.clipped_surrogate,
    planted=("surrogate", "max-at-negative-advantage"),
)
