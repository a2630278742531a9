"""DQN: the squared error of Q at the actions taken, against targets that are numbers."""

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from rlcheck.errors import InvalidArgument
from rlcheck.estimators._shapes import (
    Flags,
    Scalar,
    Steps,
    mean_valid,
    only_valid,
    require_not_empty,
    require_same_shape,
)


def dqn_loss(
    q_values: Float[Tensor, "..."],
    actions: Int[Tensor, "..."],
    targets: Steps,
    mask: Flags | None = None,
) -> Scalar:
    """The mean squared error of Q(s_t, a_t) against its targets.

    Formula: L = mean_valid((y_t - Q(s_t, a_t))^2).

    Args:
        q_values: Q(s_t, .) with its graph, [T, N, A], [B, A] or any other shape before the axis of
            actions.
        actions: a_t, of that shape without its last axis.
        targets: y_t without a graph, by `estimators.q_learning_target` of the target network or by
            `estimators.double_q_target`; of the shape of the actions.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes do not belong together, or the batch is empty.

    Source: Mnih et al. (2015), Algorithm 1: "gradient descent step on (y_j - Q)^2". No factor one
        half is in it.
    """
    return mean_valid(_errors(q_values, actions, targets, mask).square(), mask)


def dqn_huber_loss(
    q_values: Float[Tensor, "..."],
    actions: Int[Tensor, "..."],
    targets: Steps,
    mask: Flags | None = None,
) -> Scalar:
    """The same with a gradient that is cut at one.

    Formula: L = mean_valid(h(y_t - Q(s_t, a_t))), h(d) = d^2 / 2 where |d| <= 1, else |d| - 1/2.

    Args:
        q_values: as for `dqn_loss`.
        actions: as for `dqn_loss`.
        targets: as for `dqn_loss`.
        mask: as for `dqn_loss`.

    Returns:
        A scalar to minimise, whose gradient is that of half the square where no error is above one.

    Raises:
        InvalidArgument: as for `dqn_loss`.

    Source: Mnih et al. (2015), Methods: "clip the error term ... to be between -1 and 1", of the
        gradient. The error itself cut before it is squared would give no gradient at all there.
    """
    errors = _errors(q_values, actions, targets, mask)
    return mean_valid(
        smooth_l1_loss(errors, errors.new_zeros(errors.shape), reduction="none"), mask
    )


def taken(q_values: Float[Tensor, "..."], actions: Int[Tensor, "..."]) -> Steps:
    """Q(s_t, a_t) of Q(s_t, .), [T, N] of [T, N, A].

    Raises:
        InvalidArgument: the actions have not the shape of all but the last axis.
    """
    if q_values.shape[:-1] != actions.shape:
        raise InvalidArgument.of(
            "actions", list(actions.shape), "their shape is not that of q_values without its last",
            f"indices of shape {list(q_values.shape[:-1])}",
        )  # fmt: skip
    return q_values.gather(-1, actions[..., None]).squeeze(-1)


def _errors(q_values: Tensor, actions: Tensor, targets: Tensor, mask: Flags | None) -> Tensor:
    require_same_shape(actions=actions, targets=targets, mask=mask)
    require_not_empty("actions", actions)
    return only_valid(targets - taken(q_values, actions), mask)
