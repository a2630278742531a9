"""What a learner hands over to be kept, and how it takes it back: the one contract of checkpoints.

A state is flat: names whose parts are joined by dots, and tensors or plain numbers. It holds all
that changes while a learner learns, and nothing that its settings fix. The laws, which a test holds
every algorithm of `rlcheck.training` to:

- a learner that was made anew with the same settings and has taken back a state goes on bit for bit
  as the one that gave it;
- a state that does not fit is refused by name, and the learner is left as it was.

`state` gives the tensors themselves, no copies: whoever keeps one beyond the next update copies.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument

State = dict[str, Tensor | int | float]
"""What is saved: names, and tensors or numbers."""


class Saved(Protocol):
    """Whatever can be kept in a checkpoint: a learner, environments that expose their state."""

    def state(self) -> State:
        """All that changes, by name."""
        ...

    def restore(self, state: State) -> None:
        """Takes it back.

        Raises:
            InvalidArgument: the state is another one's: a name is missing, or a shape differs.
        """
        ...


def named(prefix: str, state: Mapping[str, Any]) -> State:
    """The same under a common first name."""
    return {f"{prefix}.{name}": value for name, value in state.items()}


def part(state: State, prefix: str) -> State:
    """What stands under a first name, without it."""
    start = f"{prefix}."
    return {name[len(start) :]: value for name, value in state.items() if name.startswith(start)}


def number(state: State, name: str) -> float:
    """A plain number of a state.

    Raises:
        InvalidArgument: it has none of that name.
    """
    value = state.get(name)
    if value is None or isinstance(value, Tensor):
        raise _unfit(name, value, "a number")
    return value


def tensor(state: State, name: str) -> Tensor:
    """A tensor of a state.

    Raises:
        InvalidArgument: it has none of that name.
    """
    value = state.get(name)
    if not isinstance(value, Tensor):
        raise _unfit(name, value, "a tensor")
    return value


def module_state(module: nn.Module) -> State:
    """Its parameters and buffers."""
    return dict(module.state_dict())


def restore_module(module: nn.Module, state: State) -> None:
    """Takes back parameters and buffers, in place.

    Raises:
        InvalidArgument: names or shapes differ; nothing was changed then.
    """
    _require_module(module, state)
    with torch.no_grad():
        for name, value in module.state_dict().items():
            value.copy_(tensor(state, name))


def _require_module(module: nn.Module, state: State) -> None:
    own = module.state_dict()
    for name in sorted(own.keys() | state.keys()):
        due, found = own.get(name), state.get(name)
        if due is None or not isinstance(found, Tensor) or found.shape != due.shape:
            raise _unfit(name, _shape(found), _shape(due))


def optimizer_state(optimizer: torch.optim.Optimizer) -> State:
    """Its moments and counts, under the numbers of the parameters."""
    return {
        f"{index}.{name}": value
        for index, kept in optimizer.state_dict()["state"].items()
        for name, value in kept.items()
        if value is not None
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, state: State) -> None:
    """Takes back moments and counts; rates and the like are the settings' business.

    Raises:
        InvalidArgument: it has other parameters; nothing was changed then.
    """
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": _moments(optimizer, state), "param_groups": groups})


def _moments(optimizer: torch.optim.Optimizer, state: State) -> dict[int, dict[str, Any]]:
    """The same by the number of the parameter; of each that has moments, all of them."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    found: dict[int, dict[str, Any]] = {}
    for name, value in state.items():
        index, _, key = name.partition(".")
        known = index.isdecimal() and int(index) < len(parameters)
        due = parameters[int(index)].shape if known else None
        fits = not isinstance(value, Tensor) or value.ndim == 0 or value.shape == due
        if due is None or not fits:
            raise _unfit(name, _shape(value), "a moment of a parameter that there is")
        kept = value.clone() if isinstance(value, Tensor) else value
        found.setdefault(int(index), {})[key] = kept
    every = set().union(*(moments.keys() for moments in found.values()))
    for index, moments in found.items():
        if absent := sorted(every - moments.keys()):
            raise _unfit(f"{index}.{absent[0]}", None, "a moment that the others have")
    return found


def learner_state(
    networks: nn.Module, optimizer: torch.optim.Optimizer, generator: torch.Generator
) -> State:
    """What every learner has: networks, one optimiser, one generator."""
    return {
        **named("networks", module_state(networks)),
        **named("optimizer", optimizer_state(optimizer)),
        "generator": generator.get_state(),
    }


def restore_learner(
    state: State,
    networks: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> None:
    """Takes that back.

    Raises:
        InvalidArgument: it is the state of another learner; nothing was changed then.
    """
    drawn = tensor(state, "generator")
    _require_module(networks, part(state, "networks"))
    _moments(optimizer, part(state, "optimizer"))
    if drawn.shape != generator.get_state().shape:
        raise _unfit("generator", _shape(drawn), f"that of a {generator.device} generator")
    restore_module(networks, part(state, "networks"))
    restore_optimizer(optimizer, part(state, "optimizer"))
    generator.set_state(drawn.cpu())


def _shape(value: object) -> object:
    return list(value.shape) if isinstance(value, Tensor) else value


def _unfit(name: str, found: object, due: object) -> InvalidArgument:
    return InvalidArgument.of(
        name, found, "the saved state is of another shape", f"one with {due} there"
    )
