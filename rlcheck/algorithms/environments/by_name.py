"""Environments by name: Gymnasium's by their ids, this project's own as `rlcheck:<name>`."""

from collections.abc import Callable, Sequence

import torch

from rlcheck.algorithms.environments.cart_pole import CartPoleEnvironments
from rlcheck.algorithms.environments.gymnasium import gymnasium_environments
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
    name: str,
    count: int,
    *,
    native: bool = True,
    normalize: Sequence[str] = (),
    gamma: float = 0.99,
    device: torch.device | str = "cpu",
) -> Environments:
    """Copies of a named environment.

    Args:
        name: the id of one that is registered with Gymnasium, "CartPole-v1"; or one of our own:
            "rlcheck:two-state-chain" and every other world of the gallery, "rlcheck:point-mass",
            "rlcheck:gaussian-bandit", "rlcheck:CartPole" (the same physics as CartPole-v1).
        count: how many.
        native: whether Gymnasium's own vector form is taken where it has one: one NumPy program in
            place of a loop over copies. It plays no part for our own.
        normalize: "observations", "rewards" or both, by Gymnasium's own wrappers; not for our own.
        gamma: the discount by which NormalizeReward scales.
        device: where our own are computed. Gymnasium's are on the CPU.

    Raises:
        InvalidArgument: there is no such environment, its spaces cannot be served, or one of our
            own is to be normalised.
    """
    positive_count(count)
    if not name.startswith(OWN):
        return gymnasium_environments(name, count, native=native, normalize=normalize, gamma=gamma)
    if normalize:
        raise InvalidArgument.of(
            "normalize", list(normalize), f"Gymnasium's wrappers do not take {name}", "nothing"
        )
    return _own(name, count, device)


def _own(name: str, count: int, device: torch.device | str) -> Environments:
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
