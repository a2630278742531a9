"""sb3-contrib's line search holds the other divergence to `target_kl`: the smallest batches.

One observation, two actions, one parameter: pi(1) = sigmoid(theta). Everything that is due is
written out here. Where this fails after an upgrade the library has been mended, and the table's
expectation with it.
"""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Categorical

from rlcheck.adapters import ADAPTERS
from tests.requirements import require


class OneState(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor([math.log(p / (1 - p))], dtype=torch.float64))

    def forward(self, obs: torch.Tensor) -> Categorical:
        logits = torch.cat([torch.zeros_like(self.theta), self.theta])
        return Categorical(logits=logits.expand(*obs.shape[:-1], 2))


class Nothing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return self.value.expand(obs.shape[:-1])


def moved(p: float, max_kl: float, damping: float) -> float:
    """How far theta is moved where action 1 was taken twice with advantage one."""
    policy = OneState(p)
    obs, actions = torch.ones(1, 2, 1).double(), torch.ones(1, 2, dtype=torch.int64)
    one = torch.ones(1, 2, dtype=torch.float64)
    before = float(policy.theta.detach())
    ADAPTERS["sb3-contrib:trpo"].load()(
        policy=policy, value_fn=Nothing(), obs=obs, actions=actions,
        logp_old=one * math.log(p), values_old=0 * one, advantages=one, returns=one,
        max_kl=max_kl, damping=damping, cg_iterations=10, backtrack_coeff=0.5, backtracks=10,
    )  # fmt: skip
    return float(policy.theta.detach()) - before


def kl(p: float, q: float) -> float:
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


def at(p: float, step: float) -> float:
    return 1 / (1 + (1 - p) / p * math.exp(-step))


def whole(p: float, max_kl: float, damping: float) -> float:
    return math.sqrt(2 * max_kl / (p * (1 - p) + damping))


def test_a_step_beyond_the_bound_is_taken() -> None:
    require("sb3-contrib")
    p, max_kl, damping = 0.2, 1.7, 1e-3
    step = moved(p, max_kl, damping)
    assert step == pytest.approx(whole(p, max_kl, damping), rel=1e-3)
    assert kl(p, at(p, step)) > 1.2 * max_kl
    assert kl(at(p, step), p) < max_kl


def test_a_step_within_the_bound_is_shortened() -> None:
    require("sb3-contrib")
    p, max_kl, damping = 0.05, 0.02, 0.02
    step, due = moved(p, max_kl, damping), whole(p, max_kl, damping)
    assert step == pytest.approx(due / 2, rel=1e-3)
    assert kl(p, at(p, due)) < 0.9 * max_kl
    assert kl(at(p, due), p) > max_kl


def test_to_third_order_it_keeps_to_the_bound() -> None:
    """KL(old || new) = q + c / 6, KL(new || old) = q + c / 3: small steps go too far in neither."""
    for p in (0.05, 0.3, 0.7):
        step, variance = 1e-3, p * (1 - p)
        cubic = variance * (1 - 2 * p) * step**3
        quadratic = variance * step**2 / 2
        assert kl(p, at(p, step)) - quadratic == pytest.approx(cubic / 6, rel=1e-2)
        assert kl(at(p, step), p) - quadratic == pytest.approx(cubic / 3, rel=1e-2)
