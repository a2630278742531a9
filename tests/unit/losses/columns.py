"""Losses written out slot by slot in Python floats, and how a loss is held against them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tests.unit.estimators import oracles

EPS = torch.finfo(torch.float64).eps

# Every loss is a sum of at most a few hundred terms, each the product of at most eight numbers
# and one exponential of a number below eight.
ROUNDINGS = 256


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One real transition: where it is, and where its episode begins and ends."""

    t: int
    n: int
    first: int
    last: int


def slots(terminated: Tensor, truncated: Tensor, mask: Tensor) -> Iterator[Slot]:
    for n in range(mask.shape[1]):
        over, cut = terminated[:, n].tolist(), truncated[:, n].tolist()
        for t in range(mask.shape[0]):
            if mask[t, n]:
                first, last = oracles.first_step(t, over, cut), oracles.last_step(t, over, cut)
                yield Slot(t=t, n=n, first=first, last=last)


def padded_batch(seed: int) -> dict[str, Tensor]:
    """Five columns: whole, padded, two episodes and padding, cut in the middle, one step."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        unit = torch.rand(6, 5, generator=generator, dtype=torch.float64)
        return low + (high - low) * unit

    terminated, truncated, mask = torch.zeros(3, 6, 5, dtype=torch.bool)
    for column, length in enumerate([6, 4, 5, 6, 1]):
        mask[:length, column] = True
        terminated[length - 1, column] = column != 3
    terminated[1, 2] = truncated[2, 3] = truncated[3, 1] = True
    terminated[3, 1] = False
    logp = uniform(-2.0, -0.1)
    # Below, inside, above and far above PPO's range, with both signs of the advantage in turn.
    turn = torch.arange(30).reshape(6, 5)
    log_ratio = torch.tensor([-0.5, 0.05, 0.3, 0.7], dtype=torch.float64)[turn % 4]
    signs = torch.where(turn // 4 % 2 == 0, -1.0, 1.0).double()
    return {
        "logp": logp.requires_grad_(),
        "logp_old": logp.detach() - log_ratio + uniform(-0.05, 0.05),
        "rewards": uniform(-1, 1),
        "values": uniform(-1, 1),
        "next_values": uniform(-1, 1),
        "advantages": uniform(0.1, 1) * signs,
        "values_new": uniform(-1, 1).requires_grad_(),
        "values_old": uniform(-1, 1),
        "returns": uniform(-1, 1),
        "entropy": uniform(0, 1).requires_grad_(),
        "kl_per_step": uniform(0, 1).requires_grad_(),
        "terminated": terminated,
        "truncated": truncated,
        "mask": mask,
    }


def fill_masked(batch: dict[str, Tensor], value: float) -> dict[str, Tensor]:
    """The same batch with `value` in every masked slot of every array of numbers."""
    filled = dict(batch)
    for name, x in batch.items():
        if x.is_floating_point():
            other = torch.where(batch["mask"], x.detach(), torch.full_like(x, value))
            filled[name] = other.requires_grad_(x.requires_grad)
    return filled


def value_and_gradients(loss: Callable[..., Tensor], batch: dict, **settings: float):
    """The loss, and its gradient with respect to every array that carries a graph."""
    import inspect

    known = {**batch, **settings}
    arguments = {k: known[k] for k in inspect.signature(loss).parameters if k in known}
    leaves = {k: v for k, v in arguments.items() if isinstance(v, Tensor) and v.requires_grad}
    found = loss(**arguments)
    gradients = torch.autograd.grad(found, list(leaves.values()))
    return found.detach(), dict(zip(leaves, gradients, strict=True))


def assert_equals(found: Tensor, expected: Tensor) -> None:
    """In norm, within the rounding of a sum of products."""
    scale = max(expected.norm().item(), 1.0)
    assert (found - expected).norm().item() <= ROUNDINGS * EPS * scale, (found, expected)
