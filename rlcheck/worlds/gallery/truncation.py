"""A world in which truncation taken for termination turns the gradient round."""

import torch

from rlcheck.worlds.tabular import TabularMDP


def truncation_flip(
    gamma: float = 0.9, time_limit: int | None = 2, payment: float = 4.0
) -> TabularMDP:
    """Take 1 now, or `payment` in the third step; the time limit cuts before the third.

    For: `terminated` and `truncated`. State 0 decides: action 0 takes the reward 1 and ends
    (state 3, terminal), action 1 waits; states 1 and 2 follow whatever is done, and leaving 2
    pays and ends. The agent does not see the time limit, so J is that of the whole problem.

    Its numbers: with w the probability of waiting and theta_w its logit,

        dJ / dtheta_w = w (1 - w) (gamma^2 payment - 1): +0.56 under the uniform policy.

    Bootstrapping a truncated step with V(next_obs) gives just that. Taking truncation for
    termination drops the payment, and gives w (1 - w) (0 - 1) = -0.25: the other sign, so that
    training learns the worse action, with certainty and with a falling loss. So it is for every
    w, for time limits of 1 and 2, and wherever gamma^2 payment > 1.

    Args:
        gamma: the discount.
        time_limit: where episodes are cut; 3 and more never cut, None neither.
        payment: what waiting earns in the end.
    """
    transitions = torch.zeros(4, 2, 4, dtype=torch.float64)
    transitions[0, 0, 3] = 1.0
    transitions[0, 1, 1] = 1.0
    transitions[1, :, 2] = 1.0
    transitions[2, :, 3] = 1.0
    rewards = torch.zeros(4, 2, dtype=torch.float64)
    rewards[0, 0], rewards[2, :] = 1.0, payment
    return TabularMDP(
        transitions=transitions,
        rewards=rewards,
        initial=torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64),
        gamma=gamma,
        terminal=torch.arange(4) == 3,
        time_limit=time_limit,
        name="truncation flip",
        description="truncation taken for termination turns the sign of the gradient",
    )
