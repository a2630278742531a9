"""One-step targets, slot by slot in Python floats."""

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.estimators import double_q_target, q_learning_target, td_errors, td_target

G = torch.Generator().manual_seed(0)
REWARDS, VALUES = torch.randn(2, 4, 3, generator=G, dtype=torch.float64)
Q, Q_TARGET = torch.randn(2, 4, 3, 5, generator=G, dtype=torch.float64)
ENDS = torch.rand(4, 3, generator=G) < 0.3
PLACES = [(t, n) for t in range(4) for n in range(3)]


def by_hand(worth):
    """r + gamma times what is worth(t, n), where the step did not terminate."""
    return [float(REWARDS[t, n]) + (0.0 if ENDS[t, n] else 0.75 * worth(t, n)) for t, n in PLACES]


def test_there_are_ends_and_steps_that_go_on():
    assert 0 < int(ENDS.sum()) < ENDS.numel()


@pytest.mark.parametrize(
    ("found", "worth"),
    [
        (td_target(REWARDS, VALUES, ENDS, 0.75), lambda t, n: float(VALUES[t, n])),
        (q_learning_target(REWARDS, Q, ENDS, 0.75), lambda t, n: max(Q[t, n].tolist())),
        (
            double_q_target(REWARDS, Q, Q_TARGET, ENDS, 0.75),
            lambda t, n: Q_TARGET[t, n].tolist()[Q[t, n].tolist().index(max(Q[t, n].tolist()))],
        ),
    ],
    ids=["td", "q-learning", "double-q"],
)
def test_a_target_by_hand(found, worth):
    assert found.flatten().tolist() == pytest.approx(by_hand(worth), abs=1e-15)


def test_an_error_is_a_target_minus_the_value():
    found = td_errors(REWARDS, VALUES, VALUES.roll(1, 0), ENDS, 0.75)
    assert torch.equal(found, td_target(REWARDS, VALUES.roll(1, 0), ENDS, 0.75) - VALUES)


def test_the_network_that_selects_has_no_gradient():
    selects, evaluates = Q.clone().requires_grad_(), Q_TARGET.clone().requires_grad_()
    double_q_target(REWARDS, selects, evaluates, ENDS, 0.75).sum().backward()
    assert selects.grad is None
    assert evaluates.grad is not None


def test_what_is_worth_nothing_after_an_end_may_be_anything():
    spoilt = torch.where(ENDS, torch.full_like(VALUES, torch.inf), VALUES)
    assert torch.equal(
        td_target(REWARDS, spoilt, ENDS, 0.75), td_target(REWARDS, VALUES, ENDS, 0.75)
    )


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: td_target(REWARDS, VALUES[:, :1], ENDS, 0.9), "next_values"),
        (lambda: td_target(REWARDS, VALUES, ENDS, 1.5), "gamma"),
        (lambda: q_learning_target(REWARDS, VALUES, ENDS, 0.9), "next_q_values"),
        (lambda: double_q_target(REWARDS, Q, Q[..., :2], ENDS, 0.9), "next_target_q_values"),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(call, told):
    with pytest.raises(InvalidArgument, match=told):
        call()
