"""Expectation and covariance of any statistic of a rollout, over rollouts with probabilities."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.rollout import Rollout

Statistic = Callable[[Rollout], Tensor]
"""Rollout [T, N] -> [N, ...]: one value, of any shape, a rollout."""


def expectation(statistic: Statistic, rollout: Rollout) -> Float[Tensor, "..."]:
    """E[X] = sum_n Pr(n) X(n), in the shape of one X.

    Graphs of the probabilities and of the statistic are both kept, so that a gradient of it is
    E[nabla X + X nabla log Pr].

    Args:
        statistic: Rollout [T, N] -> [N, ...].
        rollout: enumerated, with `probability`.

    Raises:
        InvalidArgument: no probabilities, or not one value a rollout.
    """
    values, probability = _evaluated(statistic, rollout)
    return (probability @ values.reshape(len(values), -1)).reshape(values.shape[1:])


def covariance(statistic: Statistic, rollout: Rollout) -> Float[Tensor, "D D"]:
    """Cov[X] = sum_n Pr(n) (X(n) - E X) (X(n) - E X)^T, X flattened to D entries.

    The covariance of one rollout's statistic; that of a mean over N independent rollouts is this
    divided by N. Centred first and summed then: E[X X^T] - E[X] E[X]^T would cancel.

    Args:
        statistic: Rollout [T, N] -> [N, ...].
        rollout: enumerated, with `probability`.

    Returns:
        [D, D]; D = 1 for a scalar statistic.

    Raises:
        InvalidArgument: no probabilities, or not one value a rollout.
    """
    values, probability = _evaluated(statistic, rollout)
    entries = values.reshape(len(values), -1)
    centred = entries - probability @ entries
    return centred.T @ (probability[:, None] * centred)


def _evaluated(
    statistic: Statistic, rollout: Rollout
) -> tuple[Float[Tensor, "N ..."], Float[Tensor, "N"]]:
    probability = rollout.probability
    if probability is None:
        raise InvalidArgument.of(
            "rollout",
            "a rollout without probabilities",
            "it was sampled and not enumerated",
            "enumerate_episodes(...) or enumerate_segments(...)",
        )
    values = statistic(rollout).to(probability.dtype)
    if values.ndim == 0 or values.shape[0] != len(probability):
        raise InvalidArgument.of(
            "statistic",
            f"values of shape {tuple(values.shape)}",
            "does not return one value a rollout",
            f"a function Rollout -> [{len(probability)}, ...]",
        )
    return values, probability
