"""What a policy with a memory carries from step to step, whatever form its author gave it.

A GRU carries one tensor [layers, N, H], an LSTM two, a cell [N, H]. Inside rlcheck a state is
numbers, [N, K], one row for each column of a batch: rows can be chosen, emptied and listed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument

_INSTEAD = (
    "one nn.LSTM, nn.GRU, nn.RNN or cell of them in it, or a method initial_state(n) that gives "
    "the state of n columns at the beginning of an episode, all zeros"
)


@dataclass(frozen=True, kw_only=True)
class StateForm:
    """How the state of N columns is laid out in tensors.

    Attributes:
        shapes: of each tensor, for one column and without the axis of columns.
        axes: where that axis is in each.
        is_tuple: whether there is a tuple around them, as an LSTM has.
    """

    shapes: tuple[tuple[int, ...], ...]
    axes: tuple[int, ...]
    is_tuple: bool

    @property
    def size(self) -> int:
        """K, how many numbers one column carries."""
        return sum(math.prod(shape) for shape in self.shapes)

    def flat(self, state: Any) -> Float[Tensor, "N K"]:
        """Somebody's state as numbers."""
        tensors = state if self.is_tuple else (state,)
        return torch.cat(
            [t.movedim(axis, 0).flatten(1) for t, axis in zip(tensors, self.axes, strict=True)], 1
        )

    def theirs(self, numbers: Float[Tensor, "N K"]) -> Any:
        """Numbers as the state that somebody's code takes."""
        parts = numbers.split([math.prod(shape) for shape in self.shapes], dim=1)
        tensors = tuple(
            part.reshape(len(part), *shape).movedim(0, axis)
            for part, shape, axis in zip(parts, self.shapes, self.axes, strict=True)
        )
        return tensors if self.is_tuple else tensors[0]


def state_form(agent: Any, name: str) -> StateForm:
    """The form of an agent's state.

    Raises:
        InvalidArgument: it has neither one recurrent module nor `initial_state(n)`, or its episodes
            do not begin with zeros.
    """
    make = getattr(agent, "initial_state", None) or _zeros_for(agent, name)
    two, three = (_tensors(make(n)) for n in (2, 3))
    if any(bool(tensor.detach().any()) for tensor in two):
        raise InvalidArgument.of(
            "agent", name, "the state that its episodes begin with is not zero",
            "an agent whose memory is emptied to zeros where an episode begins",
        )  # fmt: skip
    axes, shapes = [], []
    for small, large in zip(two, three, strict=True):
        pairs = zip(small.shape, large.shape, strict=True)
        differing = [i for i, (a, b) in enumerate(pairs) if a != b]
        if len(differing) != 1:
            raise InvalidArgument.of(
                "agent", name, f"no axis of its state {list(small.shape)} is that of columns",
                _INSTEAD,
            )  # fmt: skip
        axes.append(differing[0])
        shapes.append(tuple(n for i, n in enumerate(small.shape) if i != differing[0]))
    return StateForm(shapes=tuple(shapes), axes=tuple(axes), is_tuple=isinstance(make(2), tuple))


def _tensors(state: Any) -> tuple[Tensor, ...]:
    return state if isinstance(state, tuple) else (state,)


def _zeros_for(agent: Any, name: str) -> Callable[[int], Any]:
    modules = agent.modules() if isinstance(agent, nn.Module) else ()
    memories = [m for m in modules if isinstance(m, nn.RNNBase | nn.RNNCellBase)]
    if len(memories) != 1:
        raise InvalidArgument.of(
            "agent", name, f"it has {len(memories)} recurrent modules", _INSTEAD
        )
    memory = memories[0]

    def zeros(count: int) -> Any:
        if isinstance(memory, nn.RNNCellBase):
            one = torch.zeros(count, memory.hidden_size)
            return (one, one) if isinstance(memory, nn.LSTMCell) else one
        layers = memory.num_layers * (2 if memory.bidirectional else 1)
        one = torch.zeros(layers, count, memory.hidden_size)
        return (one, one) if isinstance(memory, nn.LSTM) else one

    return zeros
