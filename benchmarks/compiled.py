"""Does compiling a loss pay? Milliseconds of one step of an update, as it is and compiled.

    OMP_NUM_THREADS=1 python benchmarks/compiled.py [--device cuda]

Loss, gradient and optimiser's step on one minibatch of CartPole's, interleaved; on a GPU also as a
CUDA graph. The time until the first compiled step is told apart: it is what has to be won back.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch

from rlcheck.algorithms import ppo
from rlcheck.algorithms.compiling import Compiling
from rlcheck.algorithms.environments import make_environments


def stepping(mode: Compiling, device: str, minibatch: int) -> Callable[[], None]:
    """What takes one step."""
    settings = ppo.PPO(compile=mode, minibatch=minibatch)
    environments = make_environments("CartPole-v1", 8)
    learner, experience = next(ppo.train(environments, settings, 1, device=device))
    batch = experience[torch.arange(minibatch, device=device)]

    def step() -> None:
        learner._step(learner.loss(batch, None), minibatch)

    return step


def timed(step: Callable[[], None], device: str, count: int) -> float:
    """Milliseconds of one of so many steps."""
    start = time.perf_counter()
    for _ in range(count):
        step()
    if device != "cpu":
        torch.get_device_module(device).synchronize()
    return (time.perf_counter() - start) / count * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--minibatch", type=int, default=256)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    modes: list[Compiling] = ["no", "default"]
    if arguments.device != "cpu":
        modes.append("reduce-overhead")
    steps, first = {}, {}
    for mode in modes:
        start = time.perf_counter()
        steps[mode] = stepping(mode, arguments.device, arguments.minibatch)
        steps[mode]()
        first[mode] = time.perf_counter() - start
    found: dict[str, list[float]] = {mode: [] for mode in modes}
    for _ in range(arguments.rounds):
        for mode, step in steps.items():
            found[mode].append(timed(step, arguments.device, 100))
    for mode, rounds in found.items():
        ratio = float(np.median(np.array(found["no"]) / rounds))
        print(
            f"compile={mode:<16}{np.median(rounds):8.3f} ms a step, {ratio:5.2f}x as fast, "
            f"first step after {first[mode]:5.1f} s"
        )


if __name__ == "__main__":
    main()
