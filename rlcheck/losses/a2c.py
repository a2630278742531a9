"""A2C's whole loss: score function times advantage, critic and entropy bonus in one gradient."""

from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    mean_valid,
    only_valid,
    require_same_shape,
)
from rlcheck.losses.entropy import entropy_bonus
from rlcheck.losses.value import value_loss


def a2c_loss(
    logp: Steps,
    advantages: Steps,
    values_new: Steps,
    returns: Steps,
    entropy: Steps,
    vf_coef: float,
    ent_coef: float,
    mask: Flags | None = None,
) -> Scalar:
    """The sum of the three losses.

    Formula: L = -mean_valid(logp_t A_t) + c_1 mean_valid((V - R)^2) - c_2 mean_valid(H).

    Args:
        logp: log pi(a_t|s_t) with its graph, [T, N], [B] or any other shape.
        advantages: A_t without a graph, of the same shape.
        values_new: V(s_t) with its graph.
        returns: the critic's targets R without a graph.
        entropy: H(pi(.|s_t)) with its graph.
        vf_coef: c_1.
        ent_coef: c_2.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes differ or the batch is empty.

    Source: Mnih et al. (2016), Algorithm S3 and section 4, there a sum over steps and two
        optimisers' gradients; here the mean over steps and one loss, as A2C is programmed.
    """
    require_same_shape(
        logp=logp, advantages=advantages, values_new=values_new, entropy=entropy, mask=mask
    )
    surrogate = -mean_valid(logp * only_valid(advantages, mask), mask)
    critic = value_loss(values_new, returns, vf_coef, mask)
    return surrogate + critic + entropy_bonus(entropy, ent_coef, mask)
