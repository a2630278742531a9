"""Q-learning with one network: a gradient step on it is Watkins' update."""

from jaxtyping import Float, Int
from torch import Tensor

from rlcheck.estimators._shapes import Flags, Scalar, Steps
from rlcheck.losses.dqn import dqn_loss


def q_learning(
    q_values: Float[Tensor, "..."],
    actions: Int[Tensor, "..."],
    targets: Steps,
    mask: Flags | None = None,
) -> Scalar:
    """Half the mean squared error of Q(s_t, a_t) against its targets.

    Formula: L = 1/2 mean_valid((y_t - Q(s_t, a_t))^2), nabla L = -mean_valid(delta_t nabla Q),
    delta_t = y_t - Q(s_t, a_t). On a table, a step of length alpha on one transition is

        Q(s, a) <- Q(s, a) + alpha (r + gamma max_b Q(s', b) - Q(s, a)).

    Args:
        q_values: Q(s_t, .) with its graph, [T, N, A] or [B, A].
        actions: a_t, [T, N] or [B].
        targets: y_t without a graph, by `estimators.q_learning_target` of the same network.
        mask: true where the slot holds a real transition.

    Returns:
        A scalar to minimise.

    Raises:
        InvalidArgument: where the shapes do not belong together, or the batch is empty.

    Source: Watkins & Dayan (1992), eq. 1; Sutton and Barto (2nd ed., 2018), eq. 6.8. For networks
        it is the semi-gradient of their section 9.3: the target is held fixed.
    """
    return 0.5 * dqn_loss(q_values, actions, targets, mask)
