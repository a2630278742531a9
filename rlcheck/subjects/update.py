"""Catches the gradient of code that has only an update: at `optimizer.step`, nothing edited."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook


@dataclass(kw_only=True)
class Caught:
    """What an update did: gradients at its optimiser step, and whether they were clipped."""

    gradients: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0
    stepped_twice: bool = False
    clipped: bool = False


def catch_update(update: Callable[[], object], parameters: Mapping[str, nn.Parameter]) -> Caught:
    """Runs an update and puts every parameter back as it was.

    The optimiser may be any subclass of `torch.optim.Optimizer`, built anywhere.
    """
    caught = Caught()
    before = {name: p.detach().clone() for name, p in parameters.items()}
    for parameter in parameters.values():
        parameter.grad = None
    handle = register_optimizer_step_pre_hook(_recorder(caught, parameters))
    try:
        with _watching_clipping(caught):
            update()
    finally:
        handle.remove()
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(before[name])
                parameter.grad = None
    return caught


def _recorder(caught: Caught, parameters: Mapping[str, nn.Parameter]) -> Callable[..., None]:
    names = {id(p): name for name, p in parameters.items()}

    def record(optimizer: torch.optim.Optimizer, args: object, kwargs: object) -> None:
        caught.steps += 1
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                name = names.get(id(parameter))
                if name is None or parameter.grad is None:
                    continue
                caught.stepped_twice |= name in caught.gradients
                caught.gradients.setdefault(name, parameter.grad.detach().clone())

    return record


@contextmanager
def _watching_clipping(caught: Caught) -> Iterator[None]:
    """Notes whether `clip_grad_norm_` shortened a gradient: then only directions compare."""
    original = torch.nn.utils.clip_grad_norm_

    def watched(parameters, max_norm, *args, **kwargs):
        norm = original(parameters, max_norm, *args, **kwargs)
        caught.clipped |= bool(norm > max_norm)
        return norm

    torch.nn.utils.clip_grad_norm_ = watched
    try:
        yield
    finally:
        torch.nn.utils.clip_grad_norm_ = original
