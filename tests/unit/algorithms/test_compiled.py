"""An update's loss can be compiled as it stands, and keeps its gradient."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# In a process of its own: here beartype stands before every loss, and is nothing to compile.
PROGRAM = """
import sys
import torch
from rlcheck.algorithms.ranks import ALONE
from tests.unit.algorithms.joined import CASES, experience

name = sys.argv[1]
learner, batch = CASES[name](ALONE), experience(0)
given = (batch,)
if name.startswith("ppo"):
    given = (batch, learner.networks.described(batch.obs).detach())
compiled = torch.compile(learner._loss, fullgraph=True)

def gradient(loss):
    found = torch.autograd.grad(loss, learner.networks.parameters())
    return torch.cat([one.flatten() for one in found])

due, found = gradient(learner._loss(*given)), gradient(compiled(*given))
print("off by", float((found - due).norm() / due.norm() / torch.finfo(torch.float64).eps), "eps")
"""


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["ppo", "ppo-penalty", "a2c"])
def test_a_compiled_loss_has_the_same_gradient(name, tmp_path):
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, name], env=environment, capture_output=True, text=True,
        check=False, timeout=600,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    # Sums of a few hundred numbers of float64 in another order.
    assert float(ended.stdout.split()[-2]) < 2**12
