"""Stages `prediction` and `error`: Q of the action taken, and how far it is from its target."""

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from rlcheck.variants.variant import Stage, Variant, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _taken(x: Workspace) -> Tensor:
    return x.taken(x.q_values)


def _best(x: Workspace) -> Tensor:
    return x.q_values.amax(-1)


def _first(x: Workspace) -> Tensor:
    return x.q_values[..., 0]


def _mean(x: Workspace) -> Tensor:
    return x.q_values.mean(-1)


def _of_next_action(x: Workspace) -> Tensor:
    actions = x.batch.rollout.actions
    late = torch.cat([actions[1:], actions[-1:]])
    return x.q_values.gather(-1, late[..., None]).squeeze(-1)


PREDICTION = Stage(
    id="prediction",
    right=right("Q of the state and of the action taken there", _taken),
    others=(
        fault("prediction-of-best-action", "the best action's Q, not the taken one's", _best),
        fault("prediction-of-first-action", "the first action's Q, whatever was taken", _first),
        fault("prediction-by-mean", "the mean over actions", _mean),
        fault("prediction-of-next-action", "the action of the step after", _of_next_action),
    ),
)
"""Which of the values is held to the target."""


def _squared(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return (y - q) ** 2


def _half(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return 0.5 * (y - q) ** 2


def _huber(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return smooth_l1_loss(q, y, reduction="none")


def _absolute(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return (y - q).abs()


def _negated(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return -((y - q) ** 2)


def _signed(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return y - q


def _cut_before_square(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    return (y - q).clamp(-1, 1) ** 2


def _outer(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    # (Q_i - y_j)^2 over all pairs: its gradient is that of (Q_i - mean y)^2.
    return (q - x.mean(y)) ** 2


def _squared_mean(x: Workspace, q: Tensor, y: Tensor) -> Tensor:
    # (mean delta)^2 has the gradient of 2 delta, with the batch's mean for delta, times that of Q.
    return 2 * x.mean(y - q).detach() * (y - q)


_HUBER = convention("huber", "half the square up to one, the absolute error beyond", _huber)

_FAULTS: tuple[Variant, ...] = (
    fault("error-absolute", "the absolute error", _absolute),
    fault("error-negated", "the error is maximised", _negated),
    fault("error-signed", "the error itself is lowered, not its square", _signed),
    fault(
        "error-cut-before-square",
        "the error is cut to [-1, 1] and then squared: beyond one nothing is learnt",
        _cut_before_square,
    ),
    fault("error-outer-product", "(B) against (B, 1): every value meets every target", _outer),
    fault("error-of-the-means", "the square of the mean error", _squared_mean),
)

SQUARED_ERROR = Stage(
    id="error",
    right=right("the squared error", _squared),
    others=(convention("half-squared-error", "half the squared error", _half), _HUBER, *_FAULTS),
)
"""The square of the error of an action value."""

HALF_SQUARED_ERROR = Stage(
    id="error",
    right=right("half the squared error: its gradient is the error itself", _half),
    others=(convention("squared-error", "the square without its half", _squared), _HUBER, *_FAULTS),
)
"""Half the square of the error of an action value."""
