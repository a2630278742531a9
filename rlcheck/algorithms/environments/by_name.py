"""Environments by name: Gymnasium's by their ids, this project's own as `rlcheck:<name>`."""

from collections.abc import Callable

import torch

from rlcheck.algorithms.environments.cart_pole import CartPoleEnvironments
from rlcheck.algorithms.environments.gymnasium import GymnasiumEnvironments, vector_environments
from rlcheck.algorithms.environments.linear_gaussian import LinearGaussianEnvironments
from rlcheck.algorithms.environments.protocol import Environments, positive_count
from rlcheck.algorithms.environments.tabular import TabularEnvironments
from rlcheck.errors import InvalidArgument
from rlcheck.worlds.gallery import GALLERY
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import gaussian_bandit, point_mass

OWN = "rlcheck:"
CONTINUOUS: dict[str, Callable[[], LinearGaussianMDP]] = {
    "gaussian-bandit": gaussian_bandit,
    "point-mass": point_mass,
}
CART_POLE = "CartPole"
OWN_NAMES = tuple(OWN + name for name in (*GALLERY, *CONTINUOUS, CART_POLE))
"""All that `make_environments` knows beside what is registered with Gymnasium."""


def make_environments(
    name: str, count: int, *, native: bool = True, device: torch.device | str = "cpu"
) -> Environments:
    """Copies of a named environment.

    Args:
        name: the id of one that is registered with Gymnasium, "CartPole-v1"; or one of our own,
            which is computed on the device: "rlcheck:two-state-chain" and every other world of the
            gallery, "rlcheck:point-mass", "rlcheck:CartPole" (the same physics as CartPole-v1).
        count: how many.
        native: whether Gymnasium's own vector form is taken where it has one: one NumPy program in
            place of a loop over copies. It plays no part for our own.
        device: where observations lie, and actions are expected.

    Raises:
        InvalidArgument: there is no such environment, or its spaces cannot be served.
    """
    positive_count(count)
    if not name.startswith(OWN):
        return GymnasiumEnvironments(vector_environments(name, count, native=native), device)
    own = name.removeprefix(OWN)
    if own == CART_POLE:
        return CartPoleEnvironments(count, device)
    if own in GALLERY:
        return TabularEnvironments(GALLERY[own](), count, device)
    if own in CONTINUOUS:
        return LinearGaussianEnvironments(CONTINUOUS[own](), count, device)
    raise InvalidArgument.of(
        "env", name, "there is no such world", f"one of {', '.join(OWN_NAMES)}"
    )
