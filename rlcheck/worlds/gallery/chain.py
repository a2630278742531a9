"""The two-state chain: the smallest world with a decision that matters later."""

import torch

from rlcheck.worlds.tabular import TabularMDP


def two_state_chain(
    gamma: float = 0.9,
    horizon: int | None = None,
    time_limit: int | None = None,
    success: float = 0.75,
) -> TabularMDP:
    """Two states, two actions; being in state 1 pays, and one must decide to go there.

    For: anything that should be checked by hand. State 0 pays 0, state 1 pays 1. Action 0 stays;
    action 1 changes the state with probability `success`, else stays. Episodes begin in state 0.

    Its numbers: a policy that chooses action 1 with probability p in state 0 and q in state 1
    leaves 0 at the rate a = p success and 1 at the rate b = q success, and in the infinite
    horizon

        V(1) - V(0) = 1 / (1 - gamma (1 - a - b)),   J = V(0) = gamma a (V(1) - V(0)) / (1 - gamma)

    With the defaults J = 135/31 = 4.3548... under the uniform policy, and at most
    270/31 = 8.7096... (always change in 0, never in 1). No end, so gamma < 1 or a horizon.

    Args:
        gamma: the discount.
        horizon: of J; infinite by default.
        time_limit: where episodes are cut.
        success: how often action 1 does what it says.
    """
    stay, change = torch.eye(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64).flip(0)
    return TabularMDP(
        transitions=torch.stack([stay, success * change + (1 - success) * stay], dim=1),
        rewards=torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64),
        initial=torch.tensor([1.0, 0.0], dtype=torch.float64),
        gamma=gamma,
        horizon=horizon,
        time_limit=time_limit,
        name="two-state chain",
        description="two states, of which one pays; the smallest decision that matters later",
    )
