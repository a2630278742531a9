"""Losses of action values: their gradient by hand, in Python floats."""

import pytest
import torch

from rlcheck import losses
from rlcheck.errors import InvalidArgument

G = torch.Generator().manual_seed(1)
Q = 2 * torch.randn(5, 4, 3, generator=G, dtype=torch.float64)
TARGETS = torch.randn(5, 4, generator=G, dtype=torch.float64)
ACTIONS = torch.randint(3, (5, 4), generator=G)
MASK = torch.rand(5, 4, generator=G) < 0.7
SLOPES = {
    losses.q_learning: lambda delta: -delta,
    losses.dqn_loss: lambda delta: -2 * delta,
    losses.dqn_huber_loss: lambda delta: -max(-1.0, min(1.0, delta)),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("loss", SLOPES, ids=lambda loss: loss.__name__)
def test_the_gradient_is_the_error_s_slope_at_the_action_taken(loss, masked):
    q_values = Q.clone().requires_grad_()
    mask = MASK if masked else None
    loss(q_values, ACTIONS, TARGETS, mask).backward()
    count = int(MASK.sum()) if masked else 20
    due = torch.zeros_like(Q)
    for t, n in ((t, n) for t in range(5) for n in range(4) if not masked or MASK[t, n]):
        action = int(ACTIONS[t, n])
        delta = float(TARGETS[t, n]) - float(Q[t, n, action])
        due[t, n, action] = SLOPES[loss](delta) / count
    assert q_values.grad is not None
    assert torch.allclose(q_values.grad, due, atol=1e-15)


def test_errors_lie_on_both_sides_of_one():
    deltas = (TARGETS - Q.gather(-1, ACTIONS[..., None]).squeeze(-1)).abs()
    assert bool((deltas < 1).any())
    assert bool((deltas > 1).any())


def test_masked_slots_may_hold_anything():
    spoilt = torch.where(MASK, TARGETS, torch.inf)
    found = losses.dqn_loss(Q, ACTIONS, spoilt, MASK)
    assert torch.equal(found, losses.dqn_loss(Q, ACTIONS, TARGETS, MASK))


@pytest.mark.parametrize("loss", SLOPES, ids=lambda loss: loss.__name__)
def test_a_column_of_actions_is_refused(loss):
    with pytest.raises(InvalidArgument, match="shape"):
        loss(Q, ACTIONS[..., None], TARGETS[..., None])
    with pytest.raises(InvalidArgument, match="targets"):
        loss(Q, ACTIONS, TARGETS[:, :1])
