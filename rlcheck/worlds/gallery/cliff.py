"""The cliff walk: large and rare penalties beside a shortest path."""

import torch

from rlcheck.worlds.tabular import TabularMDP

_MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left; row 0 is the top


def cliff_walk(
    width: int = 4, height: int = 3, gamma: float = 1.0, time_limit: int | None = None
) -> TabularMDP:
    """A grid whose bottom row, between the start and the goal, is a cliff.

    For: heavy-tailed returns and long episodes; a policy that explores falls often, and sampled
    gradients are noisy while the exact one is plain. Actions: up, right, down, left; a move
    against the border stays. Every step costs 1; a step off the cliff costs 100 and leads back to
    the start, bottom left, without an end. The goal, bottom right, is terminal.
    `cliff_walk(width=12, height=4)` is the book's.

    Its numbers, at gamma = 1: the best policy walks along the edge, up, width - 1 times right,
    down, so J = -(width + 1): -5 by default, -13 in the book's. The uniform policy needs no
    number: it falls, and J is below -1,000 already by default.

    State (row, column) has index row * width + column; cliff cells are never entered.

    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 6.6. Deviation: the size.

    Args:
        width: columns, at least 3, so that there is a cliff.
        height: rows, at least 2.
        gamma: the discount.
        time_limit: where episodes are cut; none by default.
    """
    start, goal = (height - 1) * width, height * width - 1
    transitions = torch.zeros(height * width, 4, height * width, dtype=torch.float64)
    rewards = torch.full_like(transitions, -1.0)
    for row in range(height):
        for column in range(width):
            for action, (down, right) in enumerate(_MOVES):
                new_row = min(max(row + down, 0), height - 1)
                new_column = min(max(column + right, 0), width - 1)
                target = new_row * width + new_column
                state = row * width + column
                if start < target < goal:
                    target = start
                    rewards[state, action, start] = -100.0
                transitions[state, action, target] = 1.0
    terminal = torch.zeros(height * width, dtype=torch.bool)
    terminal[goal] = True
    return TabularMDP(
        transitions=transitions,
        rewards=rewards,
        initial=torch.eye(height * width, dtype=torch.float64)[start],
        gamma=gamma,
        terminal=terminal,
        time_limit=time_limit,
        name="cliff walk",
        description="the shortest path runs along a cliff; a fall costs 100",
    )
