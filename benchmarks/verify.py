"""How long does a verdict take, from the shell and in a process?

    OMP_NUM_THREADS=1 python benchmarks/verify.py

Medians over fresh processes for what is typed in a shell, over repeated calls in one process for
what a test suite pays. The planted variant of each claim is tried once before, as everywhere.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from rlcheck.judges import verify
from rlcheck.judges.placebo import _tried
from rlcheck.subjects import make_subject

RIGHT = """
import torch

def loss(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -torch.min(ratio * advantages, clipped * advantages).mean()
"""
WRONG = RIGHT.replace(
    "torch.min(ratio * advantages, clipped * advantages)", "(clipped * advantages)"
)


def spread(times: Sequence[float]) -> str:
    return f"{statistics.median(times):8.2f} s  ({min(times):.2f} to {max(times):.2f})"


def repeated(run: Callable[[], object], repetitions: int) -> list[float]:
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times


def shell(*words: str, status: int) -> Callable[[], None]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def run() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "rlcheck", *words], env=environment, capture_output=True
        )
        assert done.returncode == status, done.stderr.decode()

    return run


def in_process(source: str, outcome: str) -> Callable[[], None]:
    scope: dict = {}
    exec(source, scope)
    subject = make_subject(scope["loss"])

    def run() -> None:
        _tried.cache_clear()  # every call pays for judging the judge
        assert verify(subject, claim="ppo-clip").outcome == outcome

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=7)
    repetitions = parser.parse_args().repetitions
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        right, wrong = Path(folder, "right.py"), Path(folder, "wrong.py")
        right.write_text(RIGHT)
        wrong.write_text(WRONG)
        claim = ("--claim", "ppo-clip")
        rows = (
            ("rlcheck --help", "0.15", shell("--help", status=0)),
            ("rlcheck verify right.py:loss --claim ppo-clip", "5",
             shell("verify", f"{right}:loss", *claim, status=0)),
            ("rlcheck verify wrong.py:loss --claim ppo-clip", "15",
             shell("verify", f"{wrong}:loss", *claim, status=1)),
            ("verify(right) in a process", "2", in_process(RIGHT, "consistent")),
            ("verify(wrong) in a process, with shrinking", "15", in_process(WRONG, "biased")),
        )  # fmt: skip
        for name, limit, run in rows:
            run()
            print(f"{name:48} {spread(repeated(run, repetitions))}  due < {limit} s", flush=True)


if __name__ == "__main__":
    main()
