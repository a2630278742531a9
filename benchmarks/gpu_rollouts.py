"""How many environment steps a second are played without leaving the GPU?

    python benchmarks/gpu_rollouts.py

Two loops for each environment: actions that are there already, and a policy of two hidden layers
(`collect`, as training does it). Beside them what bounds them: the launches of one step times what
one launch costs (an addition to one number), and the bytes that a step must write, at the speed of
a copy. Times are of the host's clock around whole loops that end in a synchronisation; medians of
interleaved repetitions.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from rlcheck.algorithms.environments import Environments, make_environments
from rlcheck.algorithms.experience import collect
from rlcheck.algorithms.networks import make_networks

NAMES = ("rlcheck:CartPole", "rlcheck:garnet", "rlcheck:two-state-chain", "rlcheck:point-mass")
Loop = Callable[[], object]


def seconds(loop: Loop, repetitions: int) -> float:
    loop()
    found = []
    for _ in range(repetitions):
        torch.cuda.synchronize()
        start = time.perf_counter()
        loop()
        torch.cuda.synchronize()
        found.append(time.perf_counter() - start)
    return float(np.median(found))


def launches(loop: Loop) -> int:
    """How many kernels and copies a loop puts on the GPU."""
    with profile(activities=[ProfilerActivity.CUDA]) as record:
        loop()
        torch.cuda.synchronize()
    return sum(event.count for event in record.key_averages() if event.self_device_time_total > 0)


def acting_alone(environments: Environments, steps: int) -> Loop:
    size, kind = environments.count, environments.actions.kind
    wide = (size,) if kind == "discrete" else (size, environments.actions.size)
    actions = torch.zeros(wide, dtype=torch.int64 if kind == "discrete" else None, device="cuda")

    def loop() -> None:
        for _ in range(steps):
            environments.step(actions)

    return loop


def with_a_policy(environments: Environments, steps: int) -> Loop:
    networks = make_networks(environments.obs_size, environments.actions, 0).cuda()
    generator = torch.Generator("cuda").manual_seed(0)
    obs = environments.reset(0)
    return lambda: collect(environments, networks, obs, steps, generator)


def launch_seconds() -> float:
    """What the host needs for one launch: many additions to one number, which nobody waits for."""
    x, count = torch.zeros(1, device="cuda"), 20_000

    def loop() -> None:
        for _ in range(count):
            x.add_(1)

    return seconds(loop, 5) / count


def copy_rate() -> float:
    """Bytes a second, written."""
    source = torch.empty(1 << 28, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    return len(source) / seconds(lambda: target.copy_(source), 10)


def written(environments: Environments) -> int:
    """Bytes that a transition of one copy takes: what a rollout must keep of it."""
    return 2 * 4 * environments.obs_size + 4 + 8 + 3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1024, 16_384, 262_144])
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=9)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        parser.exit(2, "there is no GPU here\n")
    launch, rate = launch_seconds(), copy_rate()
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    print(f"a launch {1e6 * launch:.2f} us, a copy {rate / 1e9:,.0f} GB/s written")
    steps = arguments.steps
    for name in NAMES:
        print(f"\n{name:<28}{'copies':>9}{'M steps/s':>11}{'launches':>10}{'of the limit':>14}")
        for count in arguments.counts:
            for title, make in (("actions given", acting_alone), ("with a policy", with_a_policy)):
                environments = make_environments(name, count, device="cuda")
                loop = make(environments, steps)
                took = seconds(loop, arguments.repetitions) / steps
                each = launches(loop) / steps
                least = max(each * launch, count * written(environments) / rate)
                print(
                    f"  {title:<26}{count:>9,}{count / took / 1e6:>11,.1f}{each:>10.1f}"
                    f"{least / took:>13.0%}"
                )


if __name__ == "__main__":
    main()
