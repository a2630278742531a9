"""What does the exact gradient of J cost in one of many worlds?

    OMP_NUM_THREADS=1 python benchmarks/gradients_of_worlds.py

10,000 worlds of 20 states and 4 actions, float64, gamma 0.95 without a horizon, and with one of
50. Medians of interleaved calls, in microseconds a world; "error" is relative to the largest
gradient, against autograd through J of one world after another.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from rlcheck.exact import WorldBatch, batched, objective, objective_gradients
from rlcheck.worlds import TabularMDP

STATES, ACTIONS = 20, 4


def problem(worlds: int, horizon: int | None) -> tuple[WorldBatch, Tensor]:
    generator = torch.Generator().manual_seed(0)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, dtype=torch.float64, generator=generator)

    kernels = uniform(worlds, STATES, ACTIONS, STATES)
    kernels /= kernels.sum(-1, keepdim=True)
    initial = uniform(worlds, STATES)
    batch = WorldBatch(
        kernels=kernels, rewards=uniform(worlds, STATES, ACTIONS) - 0.5,
        initial=initial / initial.sum(-1, keepdim=True), gamma=0.95, horizon=horizon,
    )  # fmt: skip
    return batch, 2 * uniform(worlds, STATES, ACTIONS)


def one_by_one(batch: WorldBatch, logits: Tensor) -> Tensor:
    """Autograd through J, as `objective_gradient` takes it, for a table of logits."""
    found = []
    for b in range(len(logits)):
        world = TabularMDP(
            transitions=batch.kernels[b], rewards=batch.rewards[b], initial=batch.initial[b],
            gamma=batch.gamma, horizon=batch.horizon,
        )  # fmt: skip
        table = logits[b].clone().requires_grad_()
        found.append(torch.autograd.grad(objective(world, table.softmax(-1)), table)[0])
    return torch.stack(found)


def solve_alone(batch: WorldBatch) -> Callable[[], object]:
    """One batched solve with one right side each, of matrices that are there already."""
    chain = batch.kernels.mean(2)
    system = torch.eye(STATES, dtype=torch.float64) - batch.gamma * chain
    sides = batch.rewards.mean(2)
    return lambda: torch.linalg.solve(system, sides)


def measure(batch: WorldBatch, logits: Tensor, repetitions: int) -> None:
    due = one_by_one(batch.rows(0, 50), logits[:50])
    calls: dict[str, Callable[[], object]] = {
        "rlcheck": lambda: objective_gradients(batch, logits),
        "rlcheck, plain torch": lambda: batched.gradients_by_torch(batch, logits),
        "autograd, world by world": lambda: one_by_one(batch.rows(0, 50), logits[:50]),
        "the solve alone": solve_alone(batch),
    }
    sizes = {name: 50 if "by world" in name else len(logits) for name in calls}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for count in range(repetitions + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if count > 0:
                seconds[name].append((time.perf_counter() - start) / sizes[name])
    for name, times in seconds.items():
        found = calls[name]()
        told = ""
        if isinstance(found, batched.Gradients):
            error = (found.gradients[:50] - due).abs().max() / due.abs().max()
            told = f"{float(error):>9.0e}"
        print(f"{name:<28}{1e6 * np.median(times):>10.2f}{told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--repetitions", type=int, default=9)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for horizon in (None, 50):
        title = "no horizon" if horizon is None else f"horizon {horizon}"
        print(f"\n{title:<28}{'us a world':>10}{'error':>9}")
        measure(*problem(arguments.worlds, horizon), arguments.repetitions)


if __name__ == "__main__":
    main()
