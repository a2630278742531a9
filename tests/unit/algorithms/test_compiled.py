"""An update's loss can be compiled as it stands, and keeps its gradient."""

import pytest
import torch

from rlcheck.algorithms.ranks import ALONE
from tests.unit.algorithms.joined import CASES, experience

EPS = torch.finfo(torch.float64).eps

pytestmark = pytest.mark.thorough


def gradient(learner, loss):
    return torch.cat(
        [g.flatten() for g in torch.autograd.grad(loss, learner.networks.parameters())]
    )


@pytest.mark.parametrize("name", ["ppo", "ppo-penalty", "a2c"])
def test_a_compiled_loss_has_the_same_gradient(name):
    learner, batch = CASES[name](ALONE), experience(0)
    given = (batch,)
    if name.startswith("ppo"):
        given = (batch, learner.networks.described(batch.obs).detach())
    due = gradient(learner, learner._loss(*given))
    compiled = torch.compile(learner._loss, fullgraph=True)
    found = gradient(learner, compiled(*given))
    # Sums of a few hundred numbers of float64 in another order.
    assert float((found - due).norm() / due.norm()) < 2**12 * EPS
