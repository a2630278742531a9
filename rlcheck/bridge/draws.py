"""Cases from a seed, for the command and the site; Hypothesis draws its own for the tests."""

import torch
from torch import nn

from rlcheck.bridge.case import Case, smoothed, stripped
from rlcheck.strategies import SoftmaxPolicy
from rlcheck.worlds.gallery.garnet import garnet

SHAPES = ((2, 2, 1), (2, 2, 2), (3, 2, 2), (2, 3, 2), (2, 2, 3))
"""(|S|, |A|, T): at most 128 rollouts, which every side of every result lists."""

NUMBERS = 32
"""Arbitrary numbers of a case, from which its tables are cut."""


def seeded_case(seed: int) -> Case:
    """A generic world, two generic policies and arbitrary numbers; the same for the same seed."""
    random = torch.Generator().manual_seed(seed)
    states, actions, steps = SHAPES[seed % len(SHAPES)]
    gamma = (0.9, 0.5, 1.0)[seed % 3]
    world = garnet(random, n_states=states, n_actions=actions, gamma=gamma, horizon=steps)
    return Case(
        world=smoothed(stripped(world, steps)),
        policy=softmax(random, states, actions),
        old=softmax(random, states, actions),
        numbers=torch.randn(NUMBERS, generator=random, dtype=torch.float64),
    )


def softmax(random: torch.Generator, states: int, actions: int) -> SoftmaxPolicy:
    """A tabular softmax with standard normal logits."""
    network = nn.Linear(states, actions, bias=False, dtype=torch.float64, device="meta")
    network = network.to_empty(device="cpu")
    with torch.no_grad():
        network.weight.copy_(torch.randn(actions, states, generator=random, dtype=torch.float64))
    return SoftmaxPolicy(network)
