"""Catches the gradient of code that has only an update: at `optimizer.step`, nothing edited."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad
from torch.optim.optimizer import register_optimizer_step_pre_hook


@dataclass(kw_only=True)
class Caught:
    """What an update did: gradients at its optimiser step, and what became of clipping.

    Attributes:
        gradients: by parameter, as they were at the first step of each.
        steps: how often an optimiser stepped.
        stepped_twice: whether one parameter was stepped again.
        clipped: a gradient was shortened on the way; only its direction compares.
        held_back: it would have been shortened; clipping was held back.
    """

    gradients: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0
    stepped_twice: bool = False
    clipped: bool = False
    held_back: bool = False


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
    """Holds clipping by norm back, and notes where it would have shortened a gradient.

    A clipped gradient is a ratio of sums: what is judged is what `backward` gave. It is held back
    inside `clip_grad_norm_`, which also code that imported it by name then calls; where PyTorch
    keeps no such inner function the gradient is shortened, and only its direction compares.
    """
    inner = "_clip_grads_with_norm_"
    original = getattr(clip_grad, inner, None)
    if original is None:
        with _watching_the_outside(caught):
            yield
        return

    def held_back(parameters: Any, max_norm: float, total_norm: Tensor, *more: Any) -> None:
        caught.held_back |= bool(total_norm > max_norm)

    setattr(clip_grad, inner, held_back)
    try:
        yield
    finally:
        setattr(clip_grad, inner, original)


@contextmanager
def _watching_the_outside(caught: Caught) -> Iterator[None]:
    original = torch.nn.utils.clip_grad_norm_

    def watched(parameters: Any, max_norm: float, *args: Any, **kwargs: Any) -> Tensor:
        norm = original(parameters, max_norm, *args, **kwargs)
        caught.clipped |= bool(norm > max_norm)
        return norm

    torch.nn.utils.clip_grad_norm_ = watched
    try:
        yield
    finally:
        torch.nn.utils.clip_grad_norm_ = original
