"""Cases drawn by Hypothesis: worlds and policies of `rlcheck.strategies`, as bridges take them."""

import torch
from hypothesis import strategies as st

from rlcheck.bridge.case import Case, stripped
from rlcheck.bridge.draws import NUMBERS
from rlcheck.strategies import softmax_policies, tabular_mdps
from rlcheck.strategies._numbers import Draw, draw_numbers

QUICK_ROLLOUTS = 32
"""Rollouts of a world of the quick tier: (|S|, |A|, T) up to (2, 2, 2), (3, 2, 1), (3, 3, 1)."""

MOST_ROLLOUTS = 128


@st.composite
def cases(draw: Draw, rollouts: int = QUICK_ROLLOUTS) -> Case:
    """A case whose world has at most so many rollouts, of any family of worlds."""
    world = draw(tabular_mdps())
    fitting = [
        steps
        for steps in (1, 2, 3)
        if world.n_states ** (steps + 1) * world.n_actions**steps <= rollouts
    ]
    bare = stripped(world, draw(st.sampled_from(fitting[::-1])))
    return Case(
        world=bare,
        policy=draw(softmax_policies(bare)),
        old=draw(softmax_policies(bare)),
        numbers=torch.tensor(draw_numbers(draw, NUMBERS, 2.0), dtype=torch.float64),
    )
