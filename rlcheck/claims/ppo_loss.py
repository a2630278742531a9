"""`ppo-loss`: clipped surrogate, value loss and entropy bonus in one gradient."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth, cpi, entropy_bonus, ppo_clip, value_loss
from rlcheck.claims._shared import (
    CLIP,
    COEFFICIENTS,
    GAMMA,
    LAMBDA,
    computed_advantages,
    reference_advantages,
    reference_returns,
    use_targets,
)
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.continuous_truth import ContinuousTruth, Potential
from rlcheck.claims.truth import Truth
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    ADVANTAGES,
    CLIPPED_SURROGATE,
    ENTROPY,
    MEAN_OVER_STEPS,
    NORMALISATION,
    RATIO,
    VALUE,
    Workspace,
)


def values(x: Workspace, picks: Picks) -> Tensor:
    """The value loss; its targets follow from the subject's own advantages where it makes them."""
    use_targets(x, computed_advantages(x, picks))
    return picks["value"].compute(x)


VALUE_TERM = Term(stages=("advantages", "value"), compute=values)


def _reference(x: Workspace) -> Tensor:
    advantages = reference_advantages(x)
    return losses.ppo_loss(
        logp=x.logp,
        logp_old=x.logp_old,
        advantages=advantages,
        values_new=x.values_new,
        returns=reference_returns(x, advantages),
        entropy=x.entropy,
        clip_eps=x.clip_eps,
        vf_coef=x.vf_coef,
        ent_coef=x.ent_coef,
        mask=x.batch.rollout.mask,
    )


def _target(truth: Truth) -> Tensor:
    return ppo_clip.target(truth) + value_loss.target(truth) + entropy_bonus.target(truth)


def _target_continuous(truth: ContinuousTruth) -> Potential:
    policy = continuous_truth.clipped_surrogate(truth)
    return policy + continuous_truth.squared_error(truth) + continuous_truth.entropy(truth)


PPO_LOSS = Claim(
    id="ppo-loss",
    promise=PROMISES["ppo-loss"],
    derivation="ppo/objective",
    settings={
        "clip_eps": CLIP[0], "vf_coef": 0.5, "ent_coef": 0.0625,
        "gamma": GAMMA[0], "gae_lambda": 1.0,
    },
    varied={"clip_eps": CLIP, **COEFFICIENTS, "gamma": GAMMA, "gae_lambda": LAMBDA},
    trains=("policy", "value_fn"),
    stages=(
        ADVANTAGES, NORMALISATION, RATIO, CLIPPED_SURROGATE, MEAN_OVER_STEPS, VALUE, ENTROPY,
    ),
    terms=(cpi.TERM, VALUE_TERM, entropy_bonus.TERM),
    reference=_reference,
    target=_target,
    target_continuous=_target_continuous,
    planted=("surrogate", "max-at-negative-advantage"),
)  # fmt: skip
