"""PPO's whole loss: clipped surrogate, critic and entropy bonus in one gradient."""

from rlcheck.estimators._shapes import Flags, Scalar, Steps, require_same_shape
from rlcheck.losses.entropy import entropy_bonus
from rlcheck.losses.ppo_clip import ppo_clip
from rlcheck.losses.value import value_loss


def ppo_loss(
    logp: Steps,
    logp_old: Steps,
    advantages: Steps,
    values_new: Steps,
    returns: Steps,
    entropy: Steps,
    clip_eps: float,
    vf_coef: float,
    ent_coef: float,
    mask: Flags | None = None,
) -> Scalar:
    """The sum of the three losses.

    Formula: L = L^CLIP + c_1 mean_valid((V - R)^2) - c_2 mean_valid(H), L^CLIP being that of
    `ppo_clip`, to minimise.

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N], [B] or any other shape.
        logp_old: log pi_old(a_t|s_t) without a graph, of the same shape.
        advantages: A_t without a graph.
        values_new: V(s_t) with its graph.
        returns: the critic's targets R without a graph.
        entropy: H(pi(.|s_t)) with its graph.
        clip_eps: eps of the surrogate; the value is not clipped.
        vf_coef: c_1.
        ent_coef: c_2.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ, the batch is empty or a setting is out of range.

    Source: Schulman et al. (2017), eq. 9, negated.
    """
    require_same_shape(logp=logp, values_new=values_new, entropy=entropy)
    surrogate = ppo_clip(logp, logp_old, advantages, clip_eps, mask)
    critic = value_loss(values_new, returns, vf_coef, mask)
    return surrogate + critic + entropy_bonus(entropy, ent_coef, mask)
