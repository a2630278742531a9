"""The tap: the expected gradient of an unmodified loss, from one call on all rollouts.

Every output of the networks is replaced by a detached leaf, one for each forward call. After
`backward()` each row of a leaf holds that row's own contribution to the gradient; weighted with
the probability of its rollout and pushed back through the kept graph, the rows sum to the exact
expectation. Rows know their rollout by an id that travels with the observations as the tangent of
a dual number (forward-mode differentiation), so that views, slices, permutations and
concatenations carry it along.

The method is silently wrong where a parameter bypasses the networks' outputs, where ids are lost,
or where rollouts are coupled. Nobody calls it without `self_check` (see `expectation`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
import torch.autograd.forward_ad as forward_ad
from torch import Tensor, nn

from rlcheck.judges.callers import Caller, SubjectCaller
from rlcheck.judges.response import check_loss, flat_gradient
from rlcheck.subjects.batch import Batch

_JIT = "PYTORCH_JIT"


class TapLost(Exception):
    """Rows could not be traced to their rollouts."""


@dataclass(kw_only=True)
class Tape:
    """What went through the tap, call by call."""

    outputs: list[Tensor] = field(default_factory=list)
    leaves: list[Tensor] = field(default_factory=list)
    ids: list[Tensor | None] = field(default_factory=list)

    def record(self, output: Any, ids: Tensor | None) -> Any:
        """Replaces an output (or each of several) by its leaf."""
        if isinstance(output, tuple):
            return tuple(self.record(part, ids) for part in output)
        if not output.requires_grad:
            return output
        leaf = output.detach().requires_grad_(True)
        self.outputs.append(output)
        self.leaves.append(leaf)
        self.ids.append(ids)
        return leaf


class Tap(nn.Module):
    """A network behind the tap. Its parameters are the network's own."""

    def __init__(self, tapped: nn.Module, tape: Tape) -> None:
        super().__init__()
        self.tapped = tapped
        self._tape = [tape]  # in a list: a tape is no part of the module's state

    def forward(self, obs: Tensor) -> Any:
        primal, ids = row_ids(obs)
        return self._tape[0].record(self.tapped(primal), ids)


class Untangled(nn.Module):
    """A module that is not tapped, and must not see the ids either."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, obs: Tensor) -> Any:
        return self.inner(row_ids(obs)[0])


def _dual(values: Tensor, tangent: Tensor) -> Tensor:
    """`make_dual`, without the second that its decompositions take to import.

    They stand in for derivatives that few operations lack; where a row id meets one of those, the
    tap is lost and another route is taken.
    """
    before = os.environ.get(_JIT)
    os.environ[_JIT] = "0"  # read by make_dual at every call, by torch.jit long ago
    try:
        return forward_ad.make_dual(values, tangent)
    finally:
        if before is None:
            del os.environ[_JIT]
        else:
            os.environ[_JIT] = before


def row_ids(obs: Tensor) -> tuple[Tensor, Tensor | None]:
    """Observations without their ids, and the ids of their rows (None where they were lost)."""
    primal, tangent = forward_ad.unpack_dual(obs)
    return primal, None if tangent is None else tangent[..., 0]


@contextmanager
def tapped(batch: Batch, tape: Tape) -> Iterator[Batch]:
    """The batch with tapped networks and observations that carry the ids 1 .. N."""
    rollout = batch.rollout
    ids = torch.arange(1, rollout.N + 1, dtype=rollout.obs.dtype, device=rollout.obs.device)
    tangent = ids[None, :, None].expand_as(rollout.obs).contiguous()
    with forward_ad.dual_level():
        dual = replace(
            rollout,
            obs=_dual(rollout.obs, tangent),
            next_obs=_dual(rollout.next_obs, tangent.clone()),
        )
        yield replace(
            batch,
            rollout=dual,
            networks=batch.networks.tapped(lambda module: Tap(module, tape), tape),
            policy_old=Untangled(batch.policy_old),
            target_q_fn=None if batch.target_q_fn is None else Untangled(batch.target_q_fn),
        )


def weighted_gradient(caller: Caller, batch: Batch, weights: Tensor) -> Tensor:
    """sum_n weights_n (contribution of rollout n), from one call.

    Args:
        caller: the implementation.
        batch: all rollouts.
        weights: one a rollout; ones give the plain gradient.

    Raises:
        TapLost: the call cannot be traced; another route is due.
    """
    tape = Tape()
    parameters = batch.networks.parameters
    try:
        with tapped(batch, tape) as visible:
            _backward(caller, visible, tape)
            pushed = [
                leaf.grad * _spread(_row_weights(ids, leaf, weights), leaf)
                for leaf, ids in zip(tape.leaves, tape.ids, strict=True)
                if leaf.grad is not None
            ]
            reached = [o for o, leaf in zip(tape.outputs, tape.leaves, strict=True)
                       if leaf.grad is not None]  # fmt: skip
    except (RuntimeError, NotImplementedError, TypeError) as error:
        raise TapLost(str(error)) from error
    if not reached:
        raise TapLost("no gradient came through the networks")
    # As one number, not by `grad_outputs`: torch then imports SymPy, more than half a second of it.
    pairs = zip(reached, pushed, strict=True)
    total = torch.stack([_dot(output, row) for output, row in pairs]).sum()
    gradients = torch.autograd.grad(total, list(parameters.values()), allow_unused=True)
    return flat_gradient(dict(zip(parameters, gradients, strict=True)), parameters)


def _dot(output: Tensor, row: Tensor) -> Tensor:
    """Networks in float32 meet weights in float64: the product is taken in the networks' type."""
    return (output.reshape(-1) @ row.reshape(-1).to(output.dtype)).to(torch.float64)


def _backward(caller: Caller, batch: Batch, tape: Tape) -> None:
    if isinstance(caller, SubjectCaller):
        if caller.subject.kind == "update":
            caller.update(batch)  # its own backward() fills the leaves
            return
        output = caller.raw(batch)[0]
    else:
        output = caller.output(batch)
    loss = forward_ad.unpack_dual(check_loss(output))[0]
    gradients = torch.autograd.grad(loss, tape.leaves, allow_unused=True)
    for leaf, gradient in zip(tape.leaves, gradients, strict=True):
        leaf.grad = gradient


def _row_weights(ids: Tensor | None, leaf: Tensor, weights: Tensor) -> Tensor:
    if ids is None:
        raise TapLost("the observations lost their row ids")
    index = ids.round().to(torch.int64)
    if bool((index < 1).any()) or bool((index > len(weights)).any()) or bool(
        (ids - index).abs().max() > 0
    ):  # fmt: skip
        raise TapLost("observations of several rollouts were mixed")
    return weights.to(index.device)[index - 1]


def _spread(row_weights: Tensor, leaf: Tensor) -> Tensor:
    """One weight a row, over whatever axes the output has behind its rows."""
    extra = leaf.ndim - row_weights.ndim
    return row_weights.reshape(*row_weights.shape, *[1] * extra)
