"""Layouts against index arithmetic written out slot by slot."""

import numpy as np
import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.layouts import check_choice, from_layout, to_arrays, to_layout, to_tensor

T, N = 4, 3
LENGTHS = (4, 1, 3)
MASK = torch.tensor([[t < length for length in LENGTHS] for t in range(T)])
X = torch.tensor([[100.0 * t + n for n in range(N)] for t in range(T)])
FULL = torch.ones(T, N, dtype=torch.bool)


def test_flat_lists_whole_episodes_in_order_without_padding():
    due = [100.0 * t + n for n in range(N) for t in range(LENGTHS[n])]
    assert to_layout(X, "flat", MASK).tolist() == due


def test_bt_is_the_transpose():
    found = to_layout(X, "BT", MASK)
    assert all(found[n, t] == X[t, n] for t in range(T) for n in range(N))


def test_trailing_axes_are_kept():
    obs = torch.stack([X, -X], -1)
    assert torch.equal(to_layout(obs, "flat", MASK)[:, 1], -to_layout(X, "flat", MASK))
    assert to_layout(obs, "BT", MASK).shape == (N, T, 2)


@pytest.mark.parametrize("layout", ["TN", "BT", "flat"])
def test_arrays_over_rollouts_stay(layout):
    last = X[-1]
    assert torch.equal(to_layout(last, layout, FULL), last)


@pytest.mark.parametrize("mask", [MASK, FULL])
@pytest.mark.parametrize("layout", ["TN", "BT", "flat"])
def test_there_and_back(layout, mask):
    x = X * mask
    assert torch.equal(from_layout(to_layout(x, layout, mask), layout, mask), x)


def test_gradients_find_the_way_back():
    x = X.clone().requires_grad_()
    (to_layout(x, "flat", MASK) ** 2).sum().backward()
    assert torch.equal(x.grad, 2 * X * MASK)


@pytest.mark.parametrize(
    ("layout", "given", "fits"),
    [("TN", "BT", "BT"), ("TN", "flat", "flat"), ("flat", "TN", "TN"), ("BT", "TN", "TN")],
)
def test_a_wrong_shape_names_the_layout_that_fits(layout, given, fits):
    with pytest.raises(ValueError, match=f"layout='{fits}'"):
        from_layout(to_layout(X, given, MASK), layout, MASK)


def test_a_shape_that_fits_nothing_names_what_is_due():
    with pytest.raises(ValueError, match=r"shape \[7\] where \[4, 3\] is due$"):
        from_layout(torch.zeros(7), "TN", MASK)


def test_numpy_arrays_are_copies():
    x = X.clone()
    found = to_arrays(x, "numpy")
    assert isinstance(found, np.ndarray)
    found += 1
    assert torch.equal(x, X)


@pytest.mark.parametrize("value", [3, 2.5, [1.0, 2.0], np.ones(2), np.float32(1.5), X])
def test_numbers_become_tensors(value):
    found = to_tensor(value)
    assert isinstance(found, torch.Tensor)
    assert torch.equal(found, torch.as_tensor(np.asarray(value), dtype=found.dtype))


@pytest.mark.parametrize("value", [None, "a", {"a": 1}, [[1], [1, 2]], ["x"]])
def test_what_is_no_array_is_none(value):
    assert to_tensor(value) is None


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(InvalidArgument, match="TN, BT, flat"):
        check_choice("layout", "NT", ("TN", "BT", "flat"))
