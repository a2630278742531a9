"""`a2c-loss`: score times advantage, value loss and entropy bonus in one gradient."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth, entropy_bonus, value_loss
from rlcheck.claims._shared import (
    CLIP,
    COEFFICIENTS,
    GAMMA,
    LAMBDA,
    computed_advantages,
    reference_advantages,
    reference_returns,
)
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.continuous_truth import ContinuousTruth, Potential
from rlcheck.claims.ppo_loss import VALUE_TERM
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    ADVANTAGES,
    ENTROPY,
    MEAN_OVER_STEPS,
    NORMALISATION,
    SCORE_SURROGATE,
    VALUE,
    Workspace,
)


def _policy(x: Workspace, picks: Picks) -> Tensor:
    weights = picks["normalisation"].compute(x, computed_advantages(x, picks))
    return -picks["reduction"].compute(x, picks["surrogate"].compute(x, x.logp, weights))


_POLICY_TERM = Term(
    stages=("advantages", "normalisation", "surrogate", "reduction"), compute=_policy
)


def _reference(x: Workspace) -> Tensor:
    advantages = reference_advantages(x)
    return losses.a2c_loss(
        logp=x.logp,
        advantages=advantages,
        values_new=x.values_new,
        returns=reference_returns(x, advantages),
        entropy=x.entropy,
        vf_coef=x.vf_coef,
        ent_coef=x.ent_coef,
        mask=x.batch.rollout.mask,
    )


def _target(truth: Truth) -> Tensor:
    policy = targets.advantage_weighted(truth.pi, truth.pi_old, truth.advantages, truth.visits)
    return policy + value_loss.target(truth) + entropy_bonus.target(truth)


def _target_continuous(truth: ContinuousTruth) -> Potential:
    policy = continuous_truth.surrogate(truth)
    return policy + continuous_truth.squared_error(truth) + continuous_truth.entropy(truth)


A2C_LOSS = Claim(
    id="a2c-loss",
    promise=PROMISES["a2c-loss"],
    derivation="values/advantage-actor-critic",
    settings={
        "vf_coef": 0.5, "ent_coef": 0.0625, "gamma": GAMMA[0], "gae_lambda": 1.0,
        "clip_eps": CLIP[0],
    },
    varied={**COEFFICIENTS, "gamma": GAMMA, "gae_lambda": LAMBDA, "clip_eps": CLIP},
    off_policy=False,
    trains=("policy", "value_fn"),
    stages=(ADVANTAGES, NORMALISATION, SCORE_SURROGATE, MEAN_OVER_STEPS, VALUE, ENTROPY),
    terms=(_POLICY_TERM, VALUE_TERM, entropy_bonus.TERM),
    reference=_reference,
    target=_target,
    target_continuous=_target_continuous,
    planted=("value", "value-outer-product"),
)  # fmt: skip
