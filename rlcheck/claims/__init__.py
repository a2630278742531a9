"""The catalogue of claims: what an implementation can promise."""

from rlcheck.claims.a2c_loss import A2C_LOSS
from rlcheck.claims.actor_critic import ACTOR_CRITIC
from rlcheck.claims.adaptive_kl import ADAPTIVE_KL
from rlcheck.claims.claim import Claim, Form
from rlcheck.claims.cpi import CPI
from rlcheck.claims.dqn_loss import DOUBLE_DQN_LOSS, DQN_LOSS
from rlcheck.claims.entropy_bonus import ENTROPY_BONUS
from rlcheck.claims.gae import GAE
from rlcheck.claims.importance_sampling import IMPORTANCE_SAMPLING
from rlcheck.claims.ppo_clip import PPO_CLIP
from rlcheck.claims.ppo_loss import PPO_LOSS
from rlcheck.claims.ppo_penalty import PPO_PENALTY
from rlcheck.claims.ppo_recurrent import PPO_RECURRENT
from rlcheck.claims.q_learning import Q_LEARNING
from rlcheck.claims.reinforce import REINFORCE
from rlcheck.claims.reinforce_baseline import REINFORCE_BASELINE
from rlcheck.claims.returns import RETURNS
from rlcheck.claims.td_target import TD_TARGET
from rlcheck.claims.trpo_step import TRPO_STEP
from rlcheck.claims.truth import Truth
from rlcheck.claims.value_loss import VALUE_LOSS
from rlcheck.errors import InvalidArgument

CLAIMS: tuple[Claim, ...] = (
    REINFORCE,
    REINFORCE_BASELINE,
    ACTOR_CRITIC,
    IMPORTANCE_SAMPLING,
    CPI,
    PPO_CLIP,
    PPO_PENALTY,
    ADAPTIVE_KL,
    TRPO_STEP,
    VALUE_LOSS,
    ENTROPY_BONUS,
    PPO_LOSS,
    PPO_RECURRENT,
    A2C_LOSS,
    GAE,
    RETURNS,
    TD_TARGET,
    Q_LEARNING,
    DQN_LOSS,
    DOUBLE_DQN_LOSS,
)
"""Every claim, in the order of the catalogue."""

__all__ = ["CLAIMS", "Claim", "Form", "Truth", "find_claim"]


def find_claim(claim: "Claim | str") -> Claim:
    """A claim from its id; a `Claim` object is itself.

    Raises:
        InvalidArgument: no claim has that id.
    """
    if isinstance(claim, Claim):
        return claim
    for known in CLAIMS:
        if known.id == claim:
            return known
    raise InvalidArgument.of(
        "claim", claim, "there is no claim of that id",
        f"one of {', '.join(known.id for known in CLAIMS)}, or a Claim",
    )  # fmt: skip
