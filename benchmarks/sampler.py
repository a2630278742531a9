"""How many steps of a tabular world does one core sample in a second?

    OMP_NUM_THREADS=1 python benchmarks/sampler.py

20 states, 4 actions, every successor possible, 50 steps; states and actions are kept. All
contenders in one run, interleaved; medians.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from rlcheck.worlds import TabularMDP, sample_episodes, sample_paths
from rlcheck.worlds.gallery import garnet
from rlcheck.worlds.paths import BLOCK, Moves, compiled_row, paths_by_blocks, row_by_numpy
from rlcheck.worlds.paths import paths_by_torch as by_torch

STATES, ACTIONS, LENGTH = 20, 4, 50


def problem() -> tuple[TabularMDP, torch.Tensor]:
    world = garnet(
        0, n_states=STATES, n_actions=ACTIONS, branching=STATES, horizon=LENGTH, gamma=0.99
    )
    pi = torch.rand(STATES, ACTIONS, generator=torch.Generator().manual_seed(0)).double()
    return world, pi / pi.sum(1, keepdim=True)


def multinomial(world: TabularMDP, pi: torch.Tensor, n: int) -> None:
    """Two draws a step by `torch.multinomial`."""
    states = torch.multinomial(world.initial, n, replacement=True)
    for _ in range(LENGTH):
        actions = torch.multinomial(pi[states], 1).squeeze(1)
        states = torch.multinomial(world.transitions[states, actions], 1).squeeze(1)


def contenders(n: int) -> dict[str, tuple[int, Callable[[], object]]]:
    """Name -> (paths, a call that samples so many)."""
    world, pi = problem()
    moves = Moves.of(world, pi)
    numpy, torchs = np.random.default_rng(0), torch.Generator().manual_seed(0)
    few = max(1, n // 50)
    uniforms = np.empty(BLOCK)

    def alone() -> None:
        for _ in range(n * LENGTH // BLOCK):
            numpy.random(out=uniforms)

    found: dict[str, tuple[int, Callable[[], object]]] = {
        "rlcheck, NumPy's generator": (n, lambda: sample_paths(world, pi, n, LENGTH, numpy)),
        "rlcheck, torch's generator": (n, lambda: sample_paths(world, pi, n, LENGTH, torchs)),
        "rlcheck without numba": (
            n,
            lambda: paths_by_blocks(moves, n, LENGTH, numpy, row_by_numpy),
        ),
        "rlcheck, plain torch": (n // 10, lambda: by_torch(moves, n // 10, LENGTH, torchs)),
        "sample_episodes": (few, lambda: sample_episodes(world, pi, few, torchs)),
        "torch.multinomial": (few, lambda: multinomial(world, pi, few)),
        "one uniform a step, alone": (n, alone),
    }  # fmt: skip
    if compiled_row() is None:
        print("numba is absent: the first two rows are NumPy's")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--paths", type=int, default=400_000)
    parser.add_argument("--repetitions", type=int, default=9)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    calls = contenders(arguments.paths)
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for count in range(arguments.repetitions + 1):
        for name, (paths, call) in calls.items():
            start = time.perf_counter()
            call()
            if count > 0:  # the first is compiled, and fills the caches
                rates[name].append(paths * LENGTH / (time.perf_counter() - start) / 1e6)
    print(f"{'million steps a second':<30}{'median':>8}{'range':>18}")
    for name, found in rates.items():
        print(f"{name:<30}{np.median(found):>8.1f}{min(found):>9.1f} to {max(found):.1f}")


if __name__ == "__main__":
    main()
