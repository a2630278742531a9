"""Several processes that learn as one: each plays its own environments, all take the same step.

What is to be equal: the gradient of R processes, and that of one process on their rows together.
A loss is a mean over rows, and rows are not equally many everywhere, so that

    nabla L = sum_r share_r nabla L_r,   share_r = rows_r / sum_r rows_r

and the plain average over processes, which is what most frameworks do, is another number: it gives
a row of a process with few rows more weight. Whatever else is taken over rows (the mean and the
deviation of whitened advantages, a divergence that ends an update) is taken over all of them, so
that every process decides alike.

`Alone` is one process: every method is what one would write without thinking of others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.utils import parameters_to_vector

_SMALLEST = 1e-8


class Ranks(Protocol):
    """Processes that learn as one.

    Attributes:
        rank: which one this is.
        count: how many there are.
    """

    @property
    def rank(self) -> int:
        """Which of the processes this one is."""
        ...

    @property
    def count(self) -> int:
        """How many processes there are."""
        ...

    def share(self, rows: int | Tensor) -> float:
        """This process's part of all rows: its loss, a mean over its own, is multiplied by it."""
        ...

    def backward(self, loss: Tensor, parameters: Sequence[Tensor], share: float = 1.0) -> None:
        """Sets the `grad` of each to that of share times loss, summed over all processes."""
        ...

    def total(self, x: Tensor) -> Tensor:
        """The sum over processes, of a tensor without a graph."""
        ...

    def mean(self, x: Tensor) -> Tensor:
        """The mean over all rows, of a vector without a graph."""
        ...

    def whitened(self, x: Tensor) -> Tensor:
        """x minus the mean over all rows, by their deviation; x where there is one row."""
        ...

    def pieces(self, order: Tensor, size: int) -> Sequence[Tensor]:
        """Rows in a drawn order as minibatches of about `size`, equally many in each process."""
        ...


@dataclass(frozen=True)
class Alone:
    """One process."""

    rank: int = 0
    count: int = 1

    def share(self, rows: int | Tensor) -> float:
        """This process's part of all rows."""
        return 1.0

    def backward(self, loss: Tensor, parameters: Sequence[Tensor], share: float = 1.0) -> None:
        """Sets each `grad` to that of share times loss, summed over all processes."""
        _clear(parameters)
        loss.backward()  # its share is all

    def total(self, x: Tensor) -> Tensor:
        """The sum over processes."""
        return x

    def mean(self, x: Tensor) -> Tensor:
        """The mean over all rows of all processes."""
        return x.mean()

    def whitened(self, x: Tensor) -> Tensor:
        """Less the mean and over the deviation of all rows."""
        return x if len(x) < 2 else (x - x.mean()) / (x.std() + _SMALLEST)

    def pieces(self, order: Tensor, size: int) -> Sequence[Tensor]:
        """Rows in a drawn order as minibatches, equally many in each process."""
        return order.split(size)


@dataclass(frozen=True)
class Together:
    """The processes of `torch.distributed`'s default group, which somebody has begun."""

    @property
    def rank(self) -> int:
        """Which of the processes this one is."""
        return dist.get_rank()

    @property
    def count(self) -> int:
        """How many processes there are."""
        return dist.get_world_size()

    def share(self, rows: int | Tensor) -> float:
        """This process's part of all rows."""
        own = float(rows)
        return own / float(self.total(torch.tensor(own, dtype=torch.float64)))

    def backward(self, loss: Tensor, parameters: Sequence[Tensor], share: float = 1.0) -> None:
        """Sets each `grad` to that of share times loss, summed over all processes."""
        _clear(parameters)
        (share * loss).backward()
        present = [p for p in parameters if p.grad is not None]
        # One message for all: small networks pay for their number, not for their size.
        summed = self.total(parameters_to_vector([p.grad for p in present if p.grad is not None]))
        sizes = [p.numel() for p in present]
        for parameter, gradient in zip(present, summed.split(sizes), strict=True):
            parameter.grad = gradient.view_as(parameter)

    def total(self, x: Tensor) -> Tensor:
        """The sum over processes."""
        summed = x.detach().clone()
        dist.all_reduce(summed)
        return summed

    def mean(self, x: Tensor) -> Tensor:
        """The mean over all rows of all processes."""
        return self.total(x.sum()) / self._rows(x)

    def whitened(self, x: Tensor) -> Tensor:
        """Less the mean and over the deviation of all rows."""
        rows = self._rows(x)
        if rows < 2:
            return x
        distance = x - self.total(x.sum()) / rows
        deviation = (self.total(distance.square().sum()) / (rows - 1)).sqrt()
        return distance / (deviation + _SMALLEST)

    def pieces(self, order: Tensor, size: int) -> Sequence[Tensor]:
        # As many as the process with most rows needs, but none empty where there are fewest.
        """Rows in a drawn order as minibatches, equally many in each process."""
        rows = torch.tensor([len(order), -len(order)])
        dist.all_reduce(rows, op=dist.ReduceOp.MAX)
        most, fewest = int(rows[0]), -int(rows[1])
        return order.tensor_split(max(1, min(-(-most // size), fewest)))

    def _rows(self, x: Tensor) -> int:
        return int(self.total(torch.tensor(len(x))))


def _clear(parameters: Sequence[Tensor]) -> None:
    # As an optimiser's zero_grad does, without what that does for those who watch it.
    for parameter in parameters:
        parameter.grad = None


ALONE = Alone()
"""One process, which has every row."""
