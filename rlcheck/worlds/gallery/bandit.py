"""The bandit: one decision, and a gradient that fits on one line."""

from collections.abc import Sequence

import torch

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.tabular import TabularMDP


def bandit(success: Sequence[float] = (0.25, 0.5, 0.75)) -> TabularMDP:
    """One step, arms that win 1 with fixed probabilities, then the end.

    For: reading an estimator without the mist of time: no discount, no bootstrapping, one reward.
    State 0 is the only decision; states 1 (lost, pays 0) and 2 (won, pays 1) are terminal.

    Its numbers: J = sum_a pi(a) success[a], 1/2 under the uniform policy by default. With a
    softmax over logits theta, dJ / dtheta_a = pi(a) (success[a] - J): (-1/12, 0, 1/12).

    Args:
        success: Pr(win | arm) for each arm.
    """
    wins = torch.as_tensor(success, dtype=torch.float64)
    if wins.ndim != 1 or len(wins) == 0 or not bool(((wins >= 0) & (wins <= 1)).all()):
        raise InvalidArgument.of(
            "success", success, "no list of probabilities", "one number in [0, 1] for each arm"
        )
    transitions = torch.zeros(3, len(wins), 3, dtype=torch.float64)
    transitions[0, :, 1], transitions[0, :, 2] = 1 - wins, wins
    rewards = torch.zeros_like(transitions)
    rewards[0, :, 2] = 1.0
    return TabularMDP(
        transitions=transitions,
        rewards=rewards,
        initial=torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64),
        gamma=1.0,
        terminal=torch.tensor([False, True, True]),
        name="bandit",
        description="one decision, one reward",
    )
