"""Each library's advantages and returns against the defining sum."""

from typing import Any

import pytest
import torch

from rlcheck.adapters import ADAPTERS
from rlcheck.subjects.binding import bind
from tests.unit.adapters.batches import advantages_by_sum, require_library, value_words

ADVANTAGES = [name for name, row in ADAPTERS.items() if row.claim == "gae"]
RETURNS = [name for name, row in ADAPTERS.items() if row.claim == "returns"]


def call(name: str, words: dict[str, Any]) -> Any:
    subject = ADAPTERS[name].load()
    return subject(**{parameter: words[word] for parameter, word in bind(subject).items()})


def sees_truncation(name: str) -> bool:
    return "truncated" in bind(ADAPTERS[name].load()).values()


@pytest.mark.parametrize("gae_lambda", [0.3, 0.95, 1.0])
@pytest.mark.parametrize("gamma", [0.5, 0.99, 1.0])
@pytest.mark.parametrize("name", ADVANTAGES)
def test_advantages_are_the_defining_sum(name: str, gamma: float, gae_lambda: float) -> None:
    require_library(name)
    for seed in range(3):
        words = value_words(truncation=sees_truncation(name), seed=seed)
        words |= {"gamma": gamma, "gae_lambda": gae_lambda}
        found, wanted = call(name, words), advantages_by_sum(words)
        advantages = found[0] if isinstance(found, tuple) else found
        assert advantages.dtype == torch.float64
        torch.testing.assert_close(advantages, wanted, rtol=0, atol=1e-13)
        if isinstance(found, tuple):
            torch.testing.assert_close(found[1], wanted + words["values"], rtol=0, atol=1e-13)


@pytest.mark.parametrize("gamma", [0.5, 0.99, 1.0])
@pytest.mark.parametrize("name", RETURNS)
def test_returns_are_advantages_and_values_at_lambda_one(name: str, gamma: float) -> None:
    require_library(name)
    words = value_words() | {"gamma": gamma, "gae_lambda": 1.0}
    wanted = advantages_by_sum(words) + words["values"]
    torch.testing.assert_close(call(name, words), wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ADVANTAGES)
def test_inputs_stay(name: str) -> None:
    require_library(name)
    words = value_words(truncation=sees_truncation(name))
    copies = {k: v.clone() for k, v in words.items() if isinstance(v, torch.Tensor)}
    call(name, words)
    assert all(torch.equal(words[name], copy) for name, copy in copies.items())


@pytest.mark.parametrize("name", ADVANTAGES)
def test_a_cut_after_the_last_row_bootstraps_with_the_true_successor(name: str) -> None:
    """One step that is cut: r + gamma V' - V, and without V' where it terminated."""
    require_library(name)
    column = {"rewards": 1.0, "values": 2.0, "next_values": 3.0}
    words: dict[str, Any] = {k: torch.full((1, 2), v).double() for k, v in column.items()}
    ended = torch.tensor([[False, True]])
    words |= {"terminated": ended, "truncated": ended & False, "last_dones": ended[0]}
    words |= {"episode_starts": ended | True, "last_values": words["next_values"][0]}
    words |= {"gamma": 0.5, "gae_lambda": 0.5}
    found = call(name, words)
    advantages = found[0] if isinstance(found, tuple) else found
    assert advantages.tolist() == [[1.0 + 0.5 * 3.0 - 2.0, 1.0 - 2.0]]


@pytest.mark.parametrize(("kl", "factor"), [(0.05, 0.5), (0.1, 1.0), (0.149, 1.0), (0.151, 2.0)])
def test_torchrl_adapts_its_coefficient_as_the_paper(kl: float, factor: float) -> None:
    require_library("torchrl")
    adapt = ADAPTERS["torchrl:adaptive-kl"].load()
    assert float(adapt(kl_coef=0.7, kl=kl, kl_target=0.1)) == pytest.approx(0.7 * factor, rel=1e-15)
