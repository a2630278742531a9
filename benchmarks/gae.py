"""How fast are the GAE implementations that people use, and ours, on one CPU thread?

    OMP_NUM_THREADS=1 python benchmarks/gae.py

All are timed in one run, interleaved, so that a change of the machine's speed falls on all of them
alike; each timed call follows an untimed one of the same contender, so that each finds its own
data in the cache. Every contender gets its arrays in the layout and dtype that it likes best,
prepared beforehand. Medians; what counts is the ratios of one run, not numbers of different ones.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numba import njit
from torch import Tensor

from rlcheck.estimators import gae, gae_by_scan

GAMMA, LAMBDA = 0.99, 0.95
SHAPES = [(2048, 64), (128, 4096)]
OURS = "rlcheck"

FIRST_CALL = """
import time
import torch
torch.set_num_threads(1)
from rlcheck.estimators import gae
x, no = torch.zeros(256, 64), torch.zeros(256, 64, dtype=torch.bool)
start = time.perf_counter()
gae(x, x, x, no, no, 0.99, 0.95)
print(time.perf_counter() - start)
"""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Float32, [T, N]; V(s_{t+1}) is the next row's V(s), as libraries that store no successor
    need it, and nothing is truncated, which Stable-Baselines3's buffer cannot express."""

    rewards: Tensor
    values: Tensor
    next_values: Tensor
    terminated: Tensor
    truncated: Tensor

    @classmethod
    def random(cls, length: int, columns: int) -> "Batch":
        generator = torch.Generator().manual_seed(0)
        all_values = torch.randn(length + 1, columns, generator=generator)
        return cls(
            rewards=torch.randn(length, columns, generator=generator),
            values=all_values[:-1].clone(),
            next_values=all_values[1:].clone(),
            terminated=torch.rand(length, columns, generator=generator) < 0.01,
            truncated=torch.zeros(length, columns, dtype=torch.bool),
        )


@njit(error_model="numpy", fastmath={"contract"})
def time_major_loop(rewards, values, next_values, terminated, truncated, out, gamma, decay):
    """What one writes first: rows backwards, columns inside; views of rows, so it vectorises."""
    later = np.zeros_like(out[0])
    for t in range(len(out) - 1, -1, -1):
        r, v, nv, over, cut = rewards[t], values[t], next_values[t], terminated[t], truncated[t]
        here = out[t]
        for n in range(len(here)):
            bootstrap = gamma * 0 if over[n] else nv[n]
            carried = gamma * 0 if over[n] | cut[n] else later[n]
            here[n] = r[n] + gamma * bootstrap - v[n] + decay * carried
        later = here


def loop(b: Batch) -> Callable[[], Tensor]:
    arrays = [x.numpy() for x in vars(b).values()]
    gamma, decay = np.float32(GAMMA), np.float32(GAMMA * LAMBDA)

    def call() -> Tensor:
        out = np.empty_like(arrays[0])
        time_major_loop(*arrays, out, gamma, decay)
        return torch.from_numpy(out)

    return call


def stable_baselines3(b: Batch) -> Callable[[], Tensor]:
    import gymnasium
    from stable_baselines3.common.buffers import RolloutBuffer

    length, columns = b.rewards.shape
    space = gymnasium.spaces.Box(-1, 1, (1,))
    buffer = RolloutBuffer(
        length, space, gymnasium.spaces.Discrete(2), "cpu", LAMBDA, GAMMA, n_envs=columns
    )
    buffer.rewards, buffer.values = b.rewards.numpy().copy(), b.values.numpy().copy()
    buffer.episode_starts = np.zeros((length, columns), np.float32)
    buffer.episode_starts[1:] = b.terminated[:-1].numpy()
    last_values, dones = b.next_values[-1].clone(), b.terminated[-1].numpy().copy()

    def call() -> Tensor:
        buffer.compute_returns_and_advantage(last_values, dones)
        return torch.from_numpy(buffer.advantages)

    return call


def torchrl(name: str) -> Callable[[Batch], Callable[[], Tensor]]:
    def prepare(b: Batch) -> Callable[[], Tensor]:
        from torchrl.objectives.value import functional

        function = getattr(functional, name)
        values, next_values, rewards, over = (
            x.T.contiguous()[..., None] for x in (b.values, b.next_values, b.rewards, b.terminated)
        )

        def call() -> Tensor:
            return function(GAMMA, LAMBDA, values, next_values, rewards, over, over)[0][..., 0].T

        return call

    return prepare


def tianshou(b: Batch) -> Callable[[], Tensor]:
    from tianshou.algorithm.algorithm_base import _gae

    kept = torch.where(b.terminated, 0.0, b.next_values)
    values, next_values, rewards, ends = (
        x.T.contiguous().flatten().numpy()
        for x in (b.values, kept, b.rewards, b.terminated | _last_row(b))
    )

    def call() -> Tensor:
        flat = _gae(values, next_values, rewards, ends, GAMMA, LAMBDA)
        return torch.from_numpy(flat).reshape(b.rewards.T.shape).T

    return call


def _last_row(b: Batch) -> Tensor:
    last = torch.zeros_like(b.terminated)
    last[-1] = True
    return last


def ours(function: Callable[..., Tensor]) -> Callable[[Batch], Callable[[], Tensor]]:
    return lambda b: lambda: function(*vars(b).values(), GAMMA, LAMBDA)


def memory_copy(b: Batch) -> Callable[[], Tensor]:
    target = torch.empty_like(b.rewards)
    return lambda: target.copy_(b.rewards)


CONTENDERS: dict[str, Callable[[Batch], Callable[[], Tensor]]] = {
    "Stable-Baselines3 buffer": stable_baselines3,
    "TorchRL loop": torchrl("generalized_advantage_estimate"),
    "TorchRL vectorised": torchrl("vec_generalized_advantage_estimate"),
    "Tianshou compiled": tianshou,
    "compiled time-major loop": loop,
    "rlcheck, plain torch": ours(gae_by_scan),
    OURS: ours(gae),
    "memory copy": memory_copy,
}


def measure(length: int, columns: int, repetitions: int) -> dict[str, tuple[float, float]]:
    """For each contender: million elements a second, and its largest error relative to A."""
    batch = Batch.random(length, columns)
    exact = gae_by_scan(
        *(x.double() if x.is_floating_point() else x for x in vars(batch).values()), GAMMA, LAMBDA
    )
    calls = {name: prepare(batch) for name, prepare in CONTENDERS.items()}
    errors = {
        name: ((call().double() - exact).abs().max() / exact.abs().max()).item()
        for name, call in calls.items()
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repetitions):
        for name, call in calls.items():
            call()
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    rate = length * columns / 1e6
    return {name: (rate / float(np.median(s)), errors[name]) for name, s in seconds.items()}


def first_call_seconds() -> tuple[float, float]:
    """What the first large call costs in a fresh process: nothing on disk yet, and after that."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        command = [sys.executable, "-W", "ignore", "-c", FIRST_CALL]
        cold, warm = (
            float(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
            for _ in range(2)
        )
    return cold, warm


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=100)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tables = [measure(*shape, arguments.repetitions) for shape in SHAPES]
    heads = "".join(f"{f'[{t}, {n}]':>16}{'ours is':>10}" for t, n in SHAPES)
    print(f"{'million elements a second':<26}{heads}{'error':>10}")
    for name in CONTENDERS:
        cells = "".join(f"{t[name][0]:>16,.0f}{t[OURS][0] / t[name][0]:>9,.1f}x" for t in tables)
        error = max(t[name][1] for t in tables)
        print(f"{name:<26}{cells}" + ("" if name == "memory copy" else f"{error:>10.0e}"))
    cold, warm = first_call_seconds()
    print(f"first call in a process: {cold:.2f} s compiling, {warm:.2f} s from the disk cache")


if __name__ == "__main__":
    main()
