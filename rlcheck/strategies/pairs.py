"""Two policies for one world at a chosen distance, as importance ratios and trust regions need."""

from dataclasses import dataclass
from itertools import permutations

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Float
from torch import Tensor

from rlcheck.strategies import _door
from rlcheck.strategies._numbers import Draw, Row, choose
from rlcheck.worlds.tabular import TabularMDP


@dataclass(frozen=True, kw_only=True, eq=False)
class PolicyPair:
    """Two tables pi(a | s), every entry positive; states that share an observation share a row.

    Attributes:
        old: the policy that sampled, [S, A].
        new: the policy under training, [S, A].
    """

    old: Float[Tensor, "S A"]
    new: Float[Tensor, "S A"]

    @property
    def total_variation(self) -> Float[Tensor, "S"]:
        """D_TV(old || new) = 1/2 sum_a |old(a|s) - new(a|s)| in each state."""
        return (self.old - self.new).abs().sum(-1) / 2

    @property
    def ratio(self) -> Float[Tensor, "S A"]:
        """new(a|s) / old(a|s)."""
        return self.new / self.old


def policy_pairs(world: TabularMDP, *, total_variation: float = 0.25) -> SearchStrategy[PolicyPair]:
    """Pairs of policies whose largest total variation over the live states is the given one.

    max over live s of 1/2 sum_a |old(a|s) - new(a|s)| = total_variation. With a dyadic distance
    such as 1/4 every entry is dyadic and the distance is met to the last bit, otherwise to
    rounding. At the other observations the two are equal, half as far apart, or as far.

    Args:
        world: where they act.
        total_variation: the distance, strictly between 0 and 1.

    Raises:
        InvalidArgument: the distance is outside its range, or the world has a single action.

    Source: D_TV as in Schulman et al. (2015), section 3, eq. 7 (alpha = D_TV^max).
    """
    distance = _door.open_unit("total_variation", total_variation)
    _door.whole_number("world.n_actions", world.n_actions, 2, 64)
    return _pairs(world, distance)


@st.composite
def _pairs(draw: Draw, world: TabularMDP, distance: float) -> PolicyPair:
    kinds, seen = torch.unique(world.observations, dim=0, return_inverse=True)
    live = (~world.terminal).nonzero().flatten().tolist()
    furthest = seen[choose(draw, live)]
    rows = []
    for kind in range(len(kinds)):
        share = 1.0 if kind == furthest else choose(draw, [0.0, 0.5, 1.0])
        rows.append(_rows(draw, world.n_actions, share * distance))
    old, new = (torch.tensor([row[i] for row in rows], dtype=torch.float64) for i in (0, 1))
    return PolicyPair(old=old[seen], new=new[seen])


def _rows(draw: Draw, actions: int, distance: float) -> tuple[Row, Row]:
    """(1 - d) common + d before, and (1 - d) common + d after, d apart.

    `before` and `after` are certainties of two actions, so that none of what is moved overlaps.
    """
    common = choose(draw, _positive(actions))
    before = choose(draw, range(actions))
    after = (before + choose(draw, range(1, actions))) % actions

    def moved(place: int) -> Row:
        return tuple((1 - distance) * p + distance * (a == place) for a, p in enumerate(common))

    return moved(before), moved(after)


def _positive(actions: int) -> list[Row]:
    """Distributions that leave no action out: dyadic ones, the most even first."""
    whole = 2 ** (1 + (actions - 1).bit_length())  # at least two parts for each action
    even, rest = divmod(whole, actions)
    base = [even + (a < rest) for a in range(actions)]
    shifted = [
        [parts + (a == more) - (a == less) for a, parts in enumerate(base)]
        for less, more in permutations(range(actions), 2)
    ]
    return [tuple(part / whole for part in parts) for parts in (base, *shifted)]
