"""The linear recurrence under every return: x_t = b_t + a_t x_{t+1}, without a loop over time.

Rewards-to-go, bootstrapped returns, TD(lambda) and GAE are all this recurrence with other `a`
and `b`. Two neighbouring steps compose into one step of the same kind,

    x_t = b_t + a_t (b_{t+1} + a_{t+1} x_{t+2}) = (b_t + a_t b_{t+1}) + (a_t a_{t+1}) x_{t+2},

so pairs are merged, the sequence of half the length is solved, and the steps left out are put
back. That is 2 log2 T levels of a few tensor operations each, with O(T) arithmetic in all (a
Hillis-Steele scan has O(T log T)). No operation is done step by step, so a GPU sees O(log T)
launches; all of them are ordinary differentiable tensor operations.
"""

import torch
from torch import Tensor

from rlcheck.estimators._shapes import Steps, require_steps

_ONE_BY_ONE = 8


def reverse_scan(coefficients: Steps, terms: Steps) -> Tensor:
    """Solves x_t = terms_t + coefficients_t x_{t+1} backwards in time, with x_T = 0.

    Args:
        coefficients: `a`, [T, N] or [B]; the last row is multiplied by x_T = 0, that is unused.
        terms: `b`, of the same shape.

    Returns:
        `x`, of the same shape, differentiable in both.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: Blelloch, "Prefix sums and their applications" (1990), section 1.4.1 (first-order
        recurrences); here the two arrays are merged in pairs and the scan runs backwards.
    """
    require_steps(terms=terms, coefficients=coefficients)
    return _merge_pairs(coefficients, terms)


def forward_scan(coefficients: Steps, terms: Steps) -> Tensor:
    """Solves x_t = terms_t + coefficients_t x_{t-1} forwards in time, with x_{-1} = 0.

    Args:
        coefficients: [T, N] or [B]; the first row is unused.
        terms: of the same shape.

    Returns:
        `x`, of the same shape, differentiable in both.

    Raises:
        InvalidArgument: where the shapes differ.

    Source: as `reverse_scan`, with time reversed.
    """
    require_steps(terms=terms, coefficients=coefficients)
    return _merge_pairs(coefficients.flip(0), terms.flip(0)).flip(0)


def _one_by_one(a: Tensor, b: Tensor) -> Tensor:
    """The recurrence itself: of so few steps, fewer operations than merging takes."""
    found = [b[-1]] if len(b) else []
    for coefficient, term in zip(a.unbind(0)[-2::-1], b.unbind(0)[-2::-1], strict=True):
        found.append(torch.addcmul(term, coefficient, found[-1]))
    return torch.stack(found[::-1]) if found else b


def _merge_pairs(a: Tensor, b: Tensor) -> Tensor:
    length = b.shape[0]
    if length <= _ONE_BY_ONE:
        return _one_by_one(a, b)
    if length % 2:
        # An odd length leaves the last row alone: x_{T-1} = b_{T-1}. Solving it away here,
        # in the row before, would cost a copy; one more row of zeros does too. So split it off.
        last = b[-1:]
        b_rest = torch.cat([b[:-2], b[-2:-1] + a[-2:-1] * last])
        return torch.cat([_merge_pairs(a[:-1], b_rest), last])
    a_even, a_odd, b_even, b_odd = a[0::2], a[1::2], b[0::2], b[1::2]
    x_even = _merge_pairs(a_even * a_odd, torch.addcmul(b_even, a_even, b_odd))
    x_odd = torch.cat([torch.addcmul(b_odd[:-1], a_odd[:-1], x_even[1:]), b_odd[-1:]])
    return torch.stack([x_even, x_odd], dim=1).flatten(0, 1)
