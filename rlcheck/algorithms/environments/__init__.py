"""What is acted in: Gymnasium's environments, and this project's own on any device."""

from rlcheck.algorithms.environments.by_name import OWN_NAMES, make_environments
from rlcheck.algorithms.environments.cart_pole import CartPoleEnvironments
from rlcheck.algorithms.environments.gymnasium import GymnasiumEnvironments
from rlcheck.algorithms.environments.linear_gaussian import LinearGaussianEnvironments
from rlcheck.algorithms.environments.protocol import Actions, Environments, Keepable, Transition
from rlcheck.algorithms.environments.tabular import TabularEnvironments

__all__ = [
    "OWN_NAMES",
    "Actions",
    "CartPoleEnvironments",
    "Environments",
    "GymnasiumEnvironments",
    "Keepable",
    "LinearGaussianEnvironments",
    "TabularEnvironments",
    "Transition",
    "make_environments",
]
