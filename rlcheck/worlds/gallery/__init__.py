"""Named worlds, each with what it is for and with its numbers in its docstring."""

from collections.abc import Callable

from rlcheck.worlds.gallery.bandit import bandit
from rlcheck.worlds.gallery.chain import two_state_chain
from rlcheck.worlds.gallery.cliff import cliff_walk
from rlcheck.worlds.gallery.corridor import vacuum_corridor
from rlcheck.worlds.gallery.dyadic import dyadic, dyadic_policy
from rlcheck.worlds.gallery.garnet import garnet
from rlcheck.worlds.gallery.truncation import truncation_flip
from rlcheck.worlds.tabular import TabularMDP

GALLERY: dict[str, Callable[..., TabularMDP]] = {
    "two-state-chain": two_state_chain,
    "cliff-walk": cliff_walk,
    "vacuum-corridor": vacuum_corridor,
    "bandit": bandit,
    "truncation-flip": truncation_flip,
    "garnet": garnet,
    "dyadic": dyadic,
}
"""Every world by its name; each can be called without arguments."""

__all__ = [
    "GALLERY",
    "bandit",
    "cliff_walk",
    "dyadic",
    "dyadic_policy",
    "garnet",
    "truncation_flip",
    "two_state_chain",
    "vacuum_corridor",
]
