"""Parameters as one vector, and back again."""

from collections.abc import Iterable

import torch
from torch import Tensor


@torch.no_grad()
def put(vector: Tensor, parameters: Iterable[Tensor]) -> None:
    """Writes a vector into parameters, in place.

    `torch.nn.utils.vector_to_parameters` makes them views of the vector: where they lie in memory
    would then depend on what was done to them, and with it, in the last bit, what a product is. A
    run that was taken up again would not be the one that was never ended.
    """
    at = 0
    for parameter in parameters:
        size = parameter.numel()
        parameter.copy_(vector[at : at + size].view_as(parameter))
        at += size
