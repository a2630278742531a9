"""Stage `returns`: what a step's log-probability is credited with before any baseline."""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _reward_to_go(x: Workspace) -> Tensor:
    return x.backwards(x.rewards * x.mask, x.gamma * (1 - x.dones))


def _full_return(x: Workspace) -> Tensor:
    # Written so that weight gamma^t times this is R(tau), the return from the episode's start.
    discounted = x.gamma**x.steps * x.rewards * x.mask
    x.full_return = True
    total = x.backwards(discounted, 1 - x.dones)
    for t in range(1, x.T):
        keep = (1 - x.dones[t - 1]) * x.mask[t]
        row = keep * total[t - 1] + (1 - keep) * total[t]
        total = torch.cat([total[:t], row[None], total[t + 1 :]])
    return total / x.gamma**x.steps


def _immediate(x: Workspace) -> Tensor:
    return x.rewards * x.mask


def _without_own_reward(x: Workspace) -> Tensor:
    return _reward_to_go(x) - x.rewards * x.mask


def _leaking(x: Workspace) -> Tensor:
    return x.backwards(x.rewards * x.mask, x.gamma * torch.ones_like(x.rewards))


def _undiscounted(x: Workspace) -> Tensor:
    return x.backwards(x.rewards * x.mask, 1 - x.dones)


def _last_reward_lost(x: Workspace) -> Tensor:
    return x.backwards(x.rewards * (x.mask - x.last_row), x.gamma * (1 - x.dones))


def _gamma_from_one(x: Workspace) -> Tensor:
    return x.gamma * _reward_to_go(x)


def _total_of_returns(x: Workspace) -> Tensor:
    goes = _reward_to_go(x) * x.mask
    return goes.sum(0, keepdim=True).expand_as(goes) / x.mask.sum(0, keepdim=True)


def _forward_sum(x: Workspace) -> Tensor:
    return torch.flip(
        Workspace.backwards(x, torch.flip(x.rewards * x.mask, [0]), x.gamma + 0 * x.rewards), [0]
    )


RETURNS = Stage(
    id="returns",
    right=right("the discounted reward-to-go of the step's own episode", _reward_to_go),
    others=(
        convention(
            "full-return",
            "every step is credited with the whole episode's return (unbiased, more variance)",
            _full_return,
            "udacity/deep-reinforcement-learning#42",
            "huggingface/deep-rl-class#95",
        ),
        fault(
            "no-future-credit",
            "a step is credited with its own reward alone",
            _immediate,
            "hunkim/ReinforcementZeroToAll#1",
            "natolambert/rlhf-book#216",
        ),
        fault(
            "own-reward-dropped",
            "the reward-to-go starts one step late",
            _without_own_reward,
            "shehzaadzd/MINERVA#28",
        ),
        fault(
            "returns-leak",
            "returns run on across the end of an episode",
            _leaking,
            "PaddlePaddle/PARL#47",
        ),
        fault("returns-undiscounted", "rewards are summed without gamma", _undiscounted),
        fault(
            "last-reward-lost",
            "the last reward of every rollout is dropped",
            _last_reward_lost,
            "ray-project/ray#36013",
        ),
        fault(
            "gamma-off-by-one",
            "discounting starts at gamma^1",
            _gamma_from_one,
            "juliusfrost/dreamer-pytorch#59",
        ),
        fault(
            "mean-logp-times-total",
            "the mean log-probability multiplies the sum of returns",
            _total_of_returns,
            "Farama-Foundation/Gymnasium#1336",
        ),
        fault("returns-forward", "rewards are accumulated forwards in time", _forward_sum),
    ),
)
"""How rewards become returns."""
