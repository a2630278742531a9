"""Where two level curves cross: the common roots of two quadratics whose coefficients move.

For p(y) = a1 y^2 + b1 y + c1 and q(y) = a2 y^2 + b2 y + c2, whose a are constants, b of degree one
and c of degree two in x, a common root y exists exactly where the resultant vanishes:

    (a1 c2 - a2 c1)^2 - (a1 b2 - a2 b1)(b1 c2 - b2 c1) = 0,   a quartic in x.

Source: Sylvester's resultant, written out for two quadratics.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Polynomials = tuple[Tensor, Tensor, Tensor]
"""a [M, 1], b [M, 2], c [M, 3]: coefficients by ascending powers of x."""

# Real roots of a quartic come out of an eigenvalue solver with imaginary dust; a double root with
# dust of size eps^(1/2). One cut too many costs nodes and nothing else.
_DUST = 1e-6


@torch.no_grad()
def crossing_points(first: Polynomials, second: Polynomials) -> Float[Tensor, "M 4"]:
    """The real x at which both quadratics of y have a common root; NaN for the missing ones."""
    a1, b1, c1 = first
    a2, b2, c2 = second
    outer = _times(a1, c2) - _times(a2, c1)
    inner = _times(a1, b2) - _times(a2, b1)
    mixed = _times(b1, c2) - _times(b2, c1)
    return quartic_roots(_times(outer, outer) - _times(inner, mixed))


@torch.no_grad()
def quartic_roots(coefficients: Float[Tensor, "M 5"]) -> Float[Tensor, "M 4"]:
    """Real roots of sum_k c_k x^k, NaN for complex ones, by the companion matrix."""
    largest = coefficients.abs().amax(-1, keepdim=True)
    scaled = coefficients / torch.where(largest > 0, largest, torch.ones_like(largest))
    lead = scaled[:, 4]
    # A vanishing leading coefficient sends one root far out, where it is of no interest.
    tiny = torch.finfo(lead.dtype).eps
    lead = torch.where(lead.abs() < tiny, torch.full_like(lead, tiny), lead)
    companion = torch.zeros(len(lead), 4, 4, dtype=lead.dtype, device=lead.device)
    companion[:, 1:, :3] = torch.eye(3, dtype=lead.dtype, device=lead.device)
    companion[:, :, 3] = -scaled[:, :4] / lead[:, None]
    roots = torch.linalg.eigvals(companion)
    real = roots.imag.abs() <= _DUST * (1 + roots.real.abs())
    return torch.where(real, roots.real, torch.full_like(roots.real, float("nan")))


def _times(first: Tensor, second: Tensor) -> Tensor:
    """Product of polynomials, row by row."""
    size = first.shape[1] + second.shape[1] - 1
    result = first.new_zeros(len(first), size)
    for power in range(first.shape[1]):
        stop = power + second.shape[1]
        result[:, power:stop] += first[:, power, None] * second
    return result
