"""`torchrun`: two processes, one run; killed and taken up, it ends as it would have."""

import os
import signal
import subprocess
import sys
import time

import pytest

from rlcheck.training.folders import METRICS
from tests.unit.training.running import ROOT, as_words, checkpoint, differences, lines, small

pytestmark = pytest.mark.thorough


def torchrun(*words, **options):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "RLCHECK_"))}
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return subprocess.Popen(
        [*start, "-m", "rlcheck", *words], cwd=options.pop("cwd"), text=True,
        env={**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.parametrize("algorithm", ["ppo", "a2c", "trpo", "reinforce"])
def test_two_processes_learn_as_one(tmp_path, algorithm):
    asked = small(algorithm, steps=3000)
    words = as_words(asked, tmp_path / "whole")
    child = torchrun(*words, cwd=tmp_path)
    told = child.communicate(timeout=300)[0]
    assert child.returncode == 0, told
    found = checkpoint(tmp_path / "whole")
    assert found.steps >= 3000
    one, other = found.parts
    shared = [n for n in one if n.startswith(("learner.networks", "learner.optimizer"))]
    assert all(one[n].equal(other[n]) for n in shared)
    assert not one["learner.generator"].equal(other["learner.generator"])
    assert sum(line["episodes"] for line in lines(tmp_path / "whole")) > 0

    # Killed with all its children, wherever it is, and taken up.
    killed = tmp_path / "killed"
    child = torchrun(*as_words(asked, killed), cwd=tmp_path)
    while child.poll() is None and not (killed / METRICS).exists():
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate(timeout=60)
    child = torchrun(*as_words(asked, killed), "--resume", cwd=tmp_path)
    told = child.communicate(timeout=300)[0]
    assert child.returncode == 0, told
    assert differences(tmp_path / "whole", killed) == []


def test_wrong_use_ends_all_of_them(tmp_path):
    child = torchrun(*as_words(small(), tmp_path), cwd=tmp_path)
    told = child.communicate(timeout=120)[0]
    assert child.returncode != 0
    assert "--out: it exists, and nothing in it is overwritten" in told
