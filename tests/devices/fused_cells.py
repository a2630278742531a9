"""A GRU's step as one kernel, which PyTorch asks of devices where the CPU takes it in pieces.

    r = sigmoid(x_r + h_r),   z = sigmoid(x_z + h_z),   n = tanh(x_n + r h_n),
    h' = n + z (h - n)

with x = W x + b and h = U h + c, each in the order r, z, n.
"""

import torch
from torch import Tensor


def gru_cell(
    of_input: Tensor, of_state: Tensor, state: Tensor, b: Tensor | None, c: Tensor | None
) -> tuple[Tensor, Tensor]:
    """h', and what its derivative needs: r, z, n, h, h_n side by side."""
    x = of_input if b is None else of_input + b
    h = of_state if c is None else of_state + c
    (x_r, x_z, x_n), (h_r, h_z, h_n) = x.chunk(3, 1), h.chunk(3, 1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return n + z * (state - n), torch.cat([r, z, n, state, h_n], dim=1)


def gru_cell_backward(
    slope: Tensor, kept: Tensor, has_bias: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Slopes with respect to W x, U h, h, b and c."""
    r, z, n, state, h_n = kept.chunk(5, 1)
    by_z = slope * (state - n) * z * (1 - z)
    by_x_n = slope * (1 - z) * (1 - n * n)
    by_r = by_x_n * h_n * r * (1 - r)
    by_input = torch.cat([by_r, by_z, by_x_n], dim=1)
    by_state = torch.cat([by_r, by_z, by_x_n * r], dim=1)
    biases = (by_input.sum(0), by_state.sum(0)) if has_bias else (slope.new_empty(0),) * 2
    return by_input, by_state, slope * z, *biases
