"""`ppo-penalty`: the surrogate minus a KL penalty."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth, cpi
from rlcheck.claims._shared import GAMMA, KL, LAMBDA, reference_advantages
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.continuous_truth import ContinuousTruth, Potential
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    ADVANTAGES,
    KL_PENALTY,
    MEAN_OVER_STEPS,
    NORMALISATION,
    PLAIN_SURROGATE,
    RATIO,
    Workspace,
)


def _penalty(x: Workspace, picks: Picks) -> Tensor:
    return picks["kl"].compute(x)


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    return losses.ppo_penalty(
        policy=x.batch.networks.modules()["policy"],
        policy_old=x.batch.policy_old,
        obs=rollout.obs,
        actions=rollout.actions,
        advantages=reference_advantages(x),
        kl_coef=x.kl_coef,
        mask=rollout.mask,
    )


def _target(truth: Truth) -> Tensor:
    surrogate = targets.advantage_weighted(truth.pi, truth.pi_old, truth.advantages, truth.visits)
    penalty = targets.divergence(truth.pi, truth.pi_old, truth.visits, truth.settings["kl_coef"])
    return surrogate + penalty


def _target_continuous(truth: ContinuousTruth) -> Potential:
    return continuous_truth.surrogate(truth) + continuous_truth.penalty(truth)


PPO_PENALTY = Claim(
    id="ppo-penalty",
    promise=PROMISES["ppo-penalty"],
    derivation="ppo/penalty",
    settings={"kl_coef": KL[0], "gamma": GAMMA[0], "gae_lambda": 1.0},
    varied={"kl_coef": KL, "gamma": GAMMA, "gae_lambda": LAMBDA},
    stages=(ADVANTAGES, NORMALISATION, RATIO, PLAIN_SURROGATE, MEAN_OVER_STEPS, KL_PENALTY),
    terms=(cpi.TERM, Term(stages=("kl",), compute=_penalty)),
    reference=_reference,
    target=_target,
    target_continuous=_target_continuous,
    planted=("kl", "kl-reversed"),
)
