"""An update's loss can be compiled as it stands, and keeps its gradient."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rlcheck.algorithms import a2c, ppo, trpo
from rlcheck.algorithms.environments import make_environments
from rlcheck.algorithms.ranks import Alone
from rlcheck.errors import InvalidArgument
from rlcheck.training import ALGORITHMS
from tests.unit.algorithms.joined import CASES, experience

ROOT = Path(__file__).parents[3]

# In a process of its own: here beartype stands before every loss, and is nothing to compile.
PROGRAM = """
import sys
import torch
from rlcheck.algorithms.compiling import compiled
from rlcheck.algorithms.ranks import ALONE
from tests.unit.algorithms.joined import CASES, experience

name = sys.argv[1]
learner, batch = CASES[name](ALONE), experience(0)
loss, given, parameters = learner._loss if name != "trpo" else learner._critic_loss, (batch,), None
if name.startswith("ppo"):
    given = (batch, learner.networks.described(batch.obs).detach())
if name == "trpo":
    given, parameters = (batch.obs, batch.returns), learner.networks.critic.parameters()
parameters = list(parameters or learner.networks.parameters())

def gradient(loss):
    return torch.cat([one.flatten() for one in torch.autograd.grad(loss, parameters)])

due, found = gradient(loss(*given)), gradient(compiled(loss, "default")(*given))
print("off by", float((found - due).norm() / due.norm() / torch.finfo(torch.float64).eps), "eps")
"""


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["ppo", "ppo-penalty", "a2c", "trpo"])
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


class Silent(Alone):
    """The plant: whoever asks the other processes from inside the loss is told."""

    def whitened(self, x):
        raise AssertionError("asked within what is compiled")


def test_other_processes_are_asked_outside_of_what_is_compiled():
    learner, batch = CASES["ppo"](Silent()), experience(0)
    assert learner.settings.whiten
    assert float(learner.loss(batch, None).detach()) != 0.0
    with pytest.raises(AssertionError, match="asked within"):
        learner.update(batch)


@pytest.mark.parametrize("kind", [ppo.PPO, a2c.A2C, trpo.TRPO])
def test_another_way_to_compile_is_refused(kind):
    with pytest.raises(InvalidArgument, match="no or default or reduce-overhead"):
        kind(compile="fast")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("algorithm", "steps"), [("ppo", 256), ("a2c", 128), ("trpo", 256)], ids=["ppo", "a2c", "trpo"]
)
def test_it_is_the_compiled_one_that_trains(monkeypatch, algorithm, steps):
    """The compiler is replaced by a mark: every update's loss went through it."""
    made, calls = [], []

    def marked(function, *, mode, fullgraph):
        made.append((mode, fullgraph))

        def calling(*given):
            calls.append(1)
            return function(*given)

        return calling

    monkeypatch.setattr(torch, "compile", marked)
    entry = ALGORITHMS[algorithm]
    settings = entry.settings(n_steps=16, compile="default")
    taken = list(entry.train(make_environments("CartPole-v1", 4), settings, steps, 0))
    assert made == [("default", True)]
    assert len(calls) >= len(taken) > 1
