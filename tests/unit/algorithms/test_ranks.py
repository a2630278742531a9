"""The gradient of two processes is that of one on the rows of both, with unequal counts too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from rlcheck.algorithms.ranks import ALONE
from tests.unit.algorithms.joined import CASES, outcome

ROOT = Path(__file__).parents[3]
EPS = torch.finfo(torch.float64).eps


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What each of two processes found."""
    folder = tmp_path_factory.mktemp("ranks")
    outs = [folder / f"{rank}.pt" for rank in (0, 1)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.unit.algorithms.joined", str(rank), folder / "meet", out],
            env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for rank, out in enumerate(outs)
    ]  # fmt: skip
    told = [child.communicate(timeout=120)[1] for child in children]
    assert [child.returncode for child in children] == [0, 0], told
    return [torch.load(out) for out in outs]


def distance(one, other):
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("name", CASES)
def test_two_processes_take_the_step_of_one_on_all_rows(found, name):
    due = outcome(name, ALONE, None)
    assert torch.equal(found[0][name], found[1][name])
    # A few hundred sums of float64 in another order; conjugate gradients are 15 of them in a row.
    assert distance(found[0][name], due) < 2**16 * EPS


@pytest.mark.parametrize("name", CASES)
def test_the_plain_average_over_processes_is_another_step(found, name):
    """The plant, with which most go wrong."""
    due = outcome(name, ALONE, None)
    assert distance(found[0][f"plain {name}"], due) > 1e-4


def test_many_steps_and_their_end_are_the_same_in_both(found):
    one, other = found
    assert torch.equal(one["many"], other["many"])
    assert int(one["taken"]) == int(other["taken"])
    assert 8 <= int(one["taken"]) < 20 * 8, "it stopped before its last epoch"
    assert float(one["kl_coef"]) == float(other["kl_coef"]) != 1.0


def test_alone_is_what_one_would_write():
    x = torch.randn(50, dtype=torch.float64)
    assert ALONE.share(3) == 1.0
    assert torch.equal(ALONE.whitened(x), (x - x.mean()) / (x.std() + 1e-8))
    assert torch.equal(ALONE.whitened(x[:1]), x[:1])
    assert [len(piece) for piece in ALONE.pieces(torch.arange(5), 2)] == [2, 2, 1]
