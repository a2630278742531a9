"""How fast is GAE on a GPU, and how many kernels does it launch?

    python benchmarks/gae_on_a_gpu.py

Everything lies on the GPU before and after. All contenders are timed in one run, interleaved, by
CUDA events around a call that follows an untimed one. Medians, and the kernels that one call
launches, by PyTorch's profiler.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch
from gae import GAMMA, LAMBDA, OURS, Batch, stable_baselines3
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from rlcheck.estimators import gae, gae_by_scan

SHAPES = [(128, 4096), (2048, 64), (2048, 4096)]
Prepared = Callable[[], Tensor]


def step_by_step(b: Batch) -> Prepared:
    """The loop that single-file implementations have: some operations for every step."""

    def call() -> Tensor:
        out, later = torch.zeros_like(b.rewards), torch.zeros_like(b.rewards[0])
        for t in range(len(out) - 1, -1, -1):
            goes_on = 1.0 - b.terminated[t].float()
            delta = b.rewards[t] + GAMMA * b.next_values[t] * goes_on - b.values[t]
            out[t] = later = delta + GAMMA * LAMBDA * goes_on * later
        return out

    return call


def by_way_of_the_cpu(b: Batch) -> Prepared:
    """Stable-Baselines3's buffer, which lies on the CPU: what it needs is fetched, A sent back."""
    host = Batch(**{name: x.cpu() for name, x in vars(b).items()})
    compute = stable_baselines3(host)

    def call() -> Tensor:
        for name, there in vars(b).items():
            getattr(host, name).copy_(there)
        return compute().to(b.rewards.device)

    return call


CONTENDERS: dict[str, Callable[[Batch], Prepared]] = {
    "one step at a time": step_by_step,
    "Stable-Baselines3 buffer": by_way_of_the_cpu,
    OURS: lambda b: lambda: gae(*vars(b).values(), GAMMA, LAMBDA),
    "memory copy": lambda b: lambda: torch.empty_like(b.rewards).copy_(b.rewards),
}


def measure(length: int, columns: int, repetitions: int) -> dict[str, tuple[float, int, float]]:
    """For each contender: milliseconds, kernels launched, largest error relative to A."""
    batch = Batch(**{name: x.cuda() for name, x in vars(Batch.random(length, columns)).items()})
    exact = gae_by_scan(
        *(x.double() if x.is_floating_point() else x for x in vars(batch).values()), GAMMA, LAMBDA
    )
    calls = {name: prepare(batch) for name, prepare in CONTENDERS.items()}
    errors = {
        name: float((call().double() - exact).abs().max() / exact.abs().max())
        for name, call in calls.items()
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repetitions):
        for name, call in calls.items():
            call()
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            call()
            end.record()
            torch.cuda.synchronize()
            times[name].append(start.elapsed_time(end))
    return {
        name: (float(np.median(t)), launches(calls[name]), errors[name])
        for name, t in times.items()
    }


def launches(call: Prepared) -> int:
    """How many kernels and copies one call puts on the GPU."""
    with profile(activities=[ProfilerActivity.CUDA]) as record:
        call()
        torch.cuda.synchronize()
    return sum(event.count for event in record.key_averages() if event.self_device_time_total > 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=30)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        parser.exit(2, "there is no GPU here\n")
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    for shape in SHAPES:
        found = measure(*shape, arguments.repetitions)
        title = f"[{shape[0]}, {shape[1]}]"
        print(f"\n{title:<26}{'ms':>10}{'ours is':>10}{'launches':>10}{'error':>9}")
        for name, (milliseconds, count, error) in found.items():
            ratio = milliseconds / found[OURS][0]
            told = "" if name == "memory copy" else f"{error:>9.0e}"
            print(f"{name:<26}{milliseconds:>10.3f}{ratio:>9.1f}x{count:>10}{told}")


if __name__ == "__main__":
    main()
