"""How much does the exact expectation of a loss cost, in one call and rollout by rollout?

    OMP_NUM_THREADS=1 python benchmarks/expectation.py

A stranger's PPO loss on a tabular policy; every rollout of a world with five steps is listed.
`one call` is the tap, `with its self-check` what a verdict pays, `rollout by rollout` one call of
the same loss for each. All in one run, interleaved, medians. Each number of rollouts then runs
once in a process of its own, whose peak memory is the operating system's.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from rlcheck.claims import find_claim
from rlcheck.judges.callers import SubjectCaller
from rlcheck.judges.case import Case
from rlcheck.judges.expectation import expected_gradient
from rlcheck.judges.tap import weighted_gradient
from rlcheck.subjects import make_subject
from rlcheck.subjects.batch import Batch
from rlcheck.worlds import TabularMDP

HORIZON = 5
ACTIONS = 10
ROLLOUTS = (1_000, 10_000, 30_000, 100_000)
MOST_SINGLE_CALLS = 1024


def loss(policy, obs, actions, logp_old, advantages, clip_eps):
    """As anybody writes it; nothing in it knows of probabilities of rollouts."""
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()


def case(n_actions: int = ACTIONS) -> Case:
    """Two states and n_actions actions that all differ: n_actions ** 5 rollouts."""
    generator = torch.Generator().manual_seed(0)
    transitions = torch.zeros(2, n_actions, 2, dtype=torch.float64)
    for action in range(n_actions):
        transitions[0, action, action % 2] = transitions[1, action, (action + 1) % 2] = 1.0
    base = TabularMDP(
        transitions=transitions,
        rewards=torch.rand(2, n_actions, 2, generator=generator, dtype=torch.float64),
        initial=[1.0, 0.0],
        gamma=0.75,
        horizon=HORIZON,
    )
    world = base.with_time()
    states = world.n_states

    def numbers(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    return Case(
        world=world, base=base, form="fixed", length=None, logits=numbers(states, n_actions),
        logits_old=numbers(states, n_actions), values=numbers(states), critic=numbers(states),
        values_old=numbers(states), settings={"clip_eps": 0.25, "gamma": 0.75},
    )  # fmt: skip


def caller() -> SubjectCaller:
    return SubjectCaller(subject=make_subject(loss), claim=find_claim("ppo-clip"))


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def one_call(batch: Batch) -> torch.Tensor:
    probability = batch.rollout.probability
    assert probability is not None
    return weighted_gradient(caller(), batch, probability * batch.rollout.N)


def rollout_by_rollout(batch: Batch) -> torch.Tensor:
    call, probability = caller(), batch.rollout.probability
    assert probability is not None
    total = torch.zeros(())
    for n in range(min(batch.rollout.N, MOST_SINGLE_CALLS)):
        total = total + probability[n] * call(batch.select(torch.tensor([n]))).vector
    return total


def first(batch: Batch, n: int) -> Batch:
    """The first n rollouts: the same problem, only less of it."""
    return batch.select(torch.arange(n))


def measure(repetitions: int) -> None:
    print(f"{'rollouts':>9} {'one call':>10} {'us each':>8} {'with its self-check':>20} "
          f"{'rollout by rollout':>19} {'one call is':>12} {'with check':>11}")  # fmt: skip
    everything = case().listed
    for n in ROLLOUTS:
        batch = first(everything, n)
        assert expected_gradient(caller(), batch).route == "tap"
        if n <= MOST_SINGLE_CALLS:
            gap = (one_call(batch) - rollout_by_rollout(batch)).norm()
            assert float(gap) < 1e-12, "the two routes differ"
        once, checked, single = [], [], []
        # Above 1,024 rollouts that many are called, and their mean cost is what the rest pays.
        share = n / min(n, MOST_SINGLE_CALLS)
        for _ in range(repetitions):
            once.append(seconds(partial(one_call, batch)))
            checked.append(seconds(partial(expected_gradient, caller(), batch)))
            single.append(share * seconds(partial(rollout_by_rollout, batch)))
        a, b, c = (statistics.median(x) for x in (once, checked, single))
        print(f"{n:9,} {1e3 * a:7.1f} ms {1e6 * a / n:8.2f} {1e3 * b:17.1f} ms {c:17.2f} s "
              f"{c / a:11,.0f}x {c / b:10,.0f}x", flush=True)  # fmt: skip


def memory(field: str) -> float:
    """VmHWM (the peak) or VmRSS (now), MiB; what getrusage says begins at the parent's peak."""
    status = Path("/proc/self/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1]) / 1024


def child(n: int) -> None:
    """What a verdict does with n rollouts: the self-check and the one call.

    At 100,000 the listing of all rollouts is in it; below, as many actions as give about n.
    """
    expected_gradient(caller(), case(2).listed)
    before = memory("VmRSS")
    batch = case(round(n ** (1 / HORIZON))).listed
    expected_gradient(caller(), batch)
    whole = memory("VmHWM")
    print(f"{batch.rollout.N:9,} {whole:10,.0f} MiB {whole - before:15,.0f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--child", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.child:
        child(arguments.child)
        return
    measure(arguments.repetitions)
    print(f"\n{'rollouts':>9} {'peak memory':>14} {'above 32 rollouts':>19}", flush=True)
    for n in ROLLOUTS:
        subprocess.run([sys.executable, __file__, "--child", str(n)], check=True)


if __name__ == "__main__":
    main()
