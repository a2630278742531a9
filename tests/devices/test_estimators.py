"""Estimators, losses and steps give on a device what they give on the CPU, and lie there."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from rlcheck import estimators as e
from rlcheck import losses
from rlcheck.estimators import gae, gae_by_scan, reverse_scan
from tests.devices import counted
from tests.unit.losses.columns import padded_batch

EPS = torch.finfo(torch.float64).eps
ENDS = ("terminated", "truncated")
Words = tuple[str, ...]

# What each asks for, as PARAMETER=WORD where they are called differently, and its settings.
FUNCTIONS: dict[Callable[..., Tensor], tuple[Words, dict[str, Any]]] = {
    e.bootstrapped_returns: (("rewards", "next_values", *ENDS), {"gamma": 0.9}),
    e.constant_baseline: (("returns", "mask"), {}),
    e.discount_weights: (("like=rewards",), {"gamma": 0.9}),
    e.discounted_reward_to_go: (("rewards",), {"gamma": 0.9}),
    e.effective_sample_size: (("weights=kl_per_step", "mask"), {}),
    e.entropy_categorical: (("logits=logp",), {}),
    e.full_return: (("rewards",), {"gamma": 0.9}),
    e.gae: (("rewards", "values", "next_values", *ENDS), {"gamma": 0.9, "gae_lambda": 0.8}),
    e.kl_categorical: (("logits_p=logp", "logits_q=logp_old"), {}),
    e.kl_k3: (("logp_p=logp", "logp_q=logp_old"), {}),
    e.n_step_returns: (("rewards", "next_values", *ENDS), {"gamma": 0.9, "n": 2}),
    e.per_decision_weights: (("logp", "logp_old", *ENDS, "mask"), {}),
    e.per_step_weights: (("logp", "logp_old", "mask"), {}),
    e.per_trajectory_weights: (("logp", "logp_old", *ENDS, "mask"), {}),
    e.reward_to_go: (("rewards", *ENDS, "mask"), {"gamma": 0.9}),
    e.state_value_baseline: (("returns", "states"), {"n_states": 3}),
    e.steps_since_start: (("like=rewards", *ENDS), {}),
    e.td_errors: (("rewards", "values", "next_values", "terminated"), {"gamma": 0.9}),
    e.td_lambda_returns: (
        ("rewards", "next_values", *ENDS), {"gamma": 0.9, "trace_lambda": 0.8},
    ),
    losses.a2c_loss: (
        ("logp", "advantages", "values_new", "returns", "entropy"),
        {"vf_coef": 0.5, "ent_coef": 0.1},
    ),
    losses.actor_critic: (
        ("logp", "rewards", "values", "next_values", "terminated"), {"gamma": 0.9},
    ),
    losses.cpi: (("logp", "logp_old", "advantages", "mask"), {}),
    losses.entropy_bonus: (("entropy",), {"ent_coef": 0.1}),
    losses.importance_sampling: (("logp", "logp_old", "rewards"), {"gamma": 0.9}),
    losses.ppo_clip: (("logp", "logp_old", "advantages"), {"clip_eps": 0.2, "dual_clip": 3.0}),
    losses.ppo_penalty_from_kl: (
        ("logp", "logp_old", "advantages", "kl_per_step"), {"kl_coef": 0.5},
    ),
    losses.reinforce: (("logp", "rewards"), {"gamma": 0.9}),
    losses.reinforce_baseline: (("logp", "rewards", "values"), {"gamma": 0.9}),
    losses.reinforce_step_mean: (("logp", "rewards"), {"gamma": 0.9}),
    losses.value_loss: (
        ("values_new", "returns", "mask", "values_old"), {"vf_coef": 0.5, "clip_eps": 0.2},
    ),
}  # fmt: skip


def batch() -> dict[str, Tensor]:
    words = {name: value.detach() for name, value in padded_batch(3).items()}
    return words | {"states": torch.arange(30).reshape(6, 5) % 3}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_on_a_device_as_on_the_cpu(device: str, function: Callable[..., Tensor]) -> None:
    words, settings = FUNCTIONS[function]
    pairs = [(word.partition("=")[0], word.rpartition("=")[2]) for word in words]
    here = {parameter: batch()[word] for parameter, word in pairs}
    there = {name: value.to(device) for name, value in here.items()}
    found, due = function(**there, **settings), function(**here, **settings)
    assert found.device.type == device
    error = (found.cpu().double() - due.double()).norm()
    assert float(error) <= 2**8 * EPS * max(1.0, float(due.double().norm()))


def test_the_compiled_route_is_for_the_cpu_alone(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    taken: list[str] = []

    def compiled() -> Callable[..., Tensor]:
        taken.append("compiled")
        return gae_by_scan

    monkeypatch.setattr(sys.modules["rlcheck.estimators.gae"], "_compiled", compiled)
    arrays = [torch.zeros(200, 100, dtype=torch.float64) for _ in range(3)]
    flags = [torch.zeros(200, 100, dtype=torch.bool) for _ in range(2)]
    gae(*arrays, *flags, 0.9, 0.8)
    assert taken == ["compiled"], "the batch is too small to tell"
    gae(*(x.to(device) for x in (*arrays, *flags)), 0.9, 0.8)
    assert taken == ["compiled"]


def operations(device: str, steps: int) -> int:
    """What `gae` asks of a device for so many steps."""
    arrays = [torch.zeros(steps, 4, device=device) for _ in range(3)]
    flags = [torch.zeros(steps, 4, dtype=torch.bool, device=device) for _ in range(2)]
    with counted() as launches:
        gae(*arrays, *flags, 0.9, 0.8)
    return launches.count


def test_gae_asks_a_device_for_a_few_operations_a_level(device: str) -> None:
    lengths = [2**k for k in range(4, 13)]
    counts = [operations(device, steps) for steps in lengths]
    # Twice the steps are one more level, whatever their number: a level's operations, no more.
    [level] = {longer - shorter for shorter, longer in itertools.pairwise(counts)}
    assert 0 < level < 10
    assert counts[-1] < 30 + 10 * math.log2(lengths[-1])


def test_a_loop_over_time_would_be_seen(device: str) -> None:
    def loop(coefficients: Tensor, terms: Tensor) -> Tensor:
        rows = [terms[-1]]
        for t in range(len(terms) - 2, -1, -1):
            rows.append(terms[t] + coefficients[t] * rows[-1])
        return torch.stack(rows[::-1])

    a, b = (torch.full((64, 2), x, device=device) for x in (0.5, 1.0))
    counts = []
    for solve in (reverse_scan, loop):
        with counted() as launches:
            solve(a, b)
        counts.append(launches.count)
    assert counts[0] < 64 < counts[1]
