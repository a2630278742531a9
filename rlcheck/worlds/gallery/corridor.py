"""The vacuum cleaner's corridor: states that look the same and want opposite actions."""

import torch

from rlcheck.worlds.tabular import TabularMDP


def vacuum_corridor(gamma: float = 0.9, time_limit: int | None = None) -> TabularMDP:
    """Five cells, dirt in the middle one, and a cleaner that sees only the wall at either end.

    For: perceptual aliasing. V is no function of the observation here, so no critic on
    observations is exact, and policy gradients must not need one. Cells 0 to 4; action 0 goes
    left, action 1 right; a step into a wall stays. Cells 1 and 3 look the same, but the dirt (cell
    2, terminal) lies to the right of 1 and to the left of 3. Every step costs 1; episodes begin in
    1 or 3, each with probability 1/2. Observations: left wall, corridor, right wall, dirt.

    Its numbers: let a policy leave the walls at once and go right in the corridor with
    probability p. From cell 1 and, with p for 1 - p, from cell 3

        V(1) = -(1 + gamma (1 - p)) / (1 - gamma^2 (1 - p)),   J = (V(1) + V(3)) / 2

    Deterministic policies (p = 0 or 1) never clean from one of the two sides and reach at best
    J = -(1 + 1 / (1 - gamma)) / 2: -5.5 by default, and no finite value at gamma = 1. The best
    stochastic one has p = 1/2 and J = -(1 + gamma / 2) / (1 - gamma^2 / 2): -2.4370 by default,
    -3 at gamma = 1.

    Source: the vacuum world of Russell & Norvig; that aliasing needs stochastic policies: Singh,
    Jaakkola & Jordan (1994), Learning without state-estimation in partially observable Markovian
    decision processes.

    Args:
        gamma: the discount; at 1 improper policies, the deterministic ones, are refused in use.
        time_limit: where episodes are cut; none by default.
    """
    transitions = torch.zeros(5, 2, 5, dtype=torch.float64)
    for cell in range(5):
        transitions[cell, 0, max(cell - 1, 0)] = 1.0
        transitions[cell, 1, min(cell + 1, 4)] = 1.0
    looks = torch.tensor([0, 1, 3, 1, 2])
    return TabularMDP(
        transitions=transitions,
        rewards=torch.full((5, 2), -1.0, dtype=torch.float64),
        initial=torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0], dtype=torch.float64),
        gamma=gamma,
        terminal=torch.arange(5) == 2,
        time_limit=time_limit,
        observations=torch.eye(4, dtype=torch.float64)[looks],
        name="vacuum corridor",
        description="two cells look the same and want opposite actions",
    )
