"""One boolean array for every spelling: each against the plain bool or float64 tensor."""

import operator

import pytest
import torch

from rlcheck.subjects.flags import Flag, flag, plain

BITS = torch.tensor([[True, False, True], [False, False, True]])
X = torch.arange(6, dtype=torch.float64).reshape(2, 3) - 2

ARITHMETIC = {
    "1 - d": lambda d: 1 - d,
    "1.0 - d": lambda d: 1.0 - d,
    "d - 1": lambda d: d - 1,
    "x * d": lambda d: X * d,
    "d * x": lambda d: d * X,
    "x + d": lambda d: X + d,
    "d + d": lambda d: d + d,
    "x - d": lambda d: X - d,
    "x / (1 + d)": lambda d: X / (1 + d),
    "-d": lambda d: -d,
    "d / 2": lambda d: d / 2,
    "torch.sub": lambda d: torch.sub(1, d),
    "x * (1 - d[t])": lambda d: X[0] * (1 - d[0]),
    "d.float() * x": lambda d: d.float() * X,
    "d.double()": lambda d: d.double(),
    "d.sum()": lambda d: d.sum(),
    "d.to(x)": lambda d: d.to(X),
    "cat of slices": lambda d: 1 - torch.cat([d[1:], d[:1]]),
    "sum over valid": lambda d: (X * d).sum() / d.sum(),
    "in place product": lambda d: X.clone().mul_(d),
}
BOOLEAN = {
    "~d": lambda d: ~d,
    "d | d": lambda d: d | ~d,
    "d & d": lambda d: d & d.roll(1, 0),
    "logical_not": torch.logical_not,
    "d[0]": lambda d: d[0],
    "d == 0": lambda d: d == 0,
}
SELECTION = {
    "x[d]": lambda d: X[d],
    "x[~d]": lambda d: X[~d],
    "where": lambda d: torch.where(d, X, 0.0),
    "masked_fill": lambda d: X.masked_fill(d, 7.0),
    "x[d[:, 0]]": lambda d: X[d[:, 0]],
    "masked_select": lambda d: torch.masked_select(X, d),
}


@pytest.mark.parametrize("spelling", ARITHMETIC)
def test_counts_as_zero_and_one(spelling):
    found = ARITHMETIC[spelling](flag(BITS))
    assert not isinstance(found, Flag)
    assert torch.equal(found.double(), ARITHMETIC[spelling](BITS.double()).double())


@pytest.mark.parametrize("spelling", BOOLEAN)
def test_stays_boolean_and_still_accepts_both(spelling):
    found = BOOLEAN[spelling](flag(BITS))
    assert isinstance(found, Flag)
    assert torch.equal(plain(found), BOOLEAN[spelling](BITS))
    assert torch.equal(1 - found, 1 - BOOLEAN[spelling](BITS).double())


@pytest.mark.parametrize("spelling", SELECTION)
def test_selects(spelling):
    assert torch.equal(SELECTION[spelling](flag(BITS)), SELECTION[spelling](BITS))


def test_gradients_pass_beside_a_flag():
    x = X.clone().requires_grad_()
    (x * (1 - flag(BITS))).sum().backward()
    assert torch.equal(x.grad, (~BITS).double())


def test_an_item_is_true_or_false():
    d = flag(BITS)
    assert bool(d[0, 0]) is True
    assert bool(d[0, 1]) is False
    assert [bool(row.any()) for row in d] == [True, True]


def test_the_wrapped_tensor_is_not_copied():
    assert flag(BITS).data_ptr() == BITS.data_ptr()


def test_a_bool_tensor_alone_refuses_what_a_flag_accepts():
    with pytest.raises(RuntimeError):
        operator.sub(1, BITS)
