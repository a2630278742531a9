"""What an implementation gives back on one batch: a gradient, an array or a number, as a vector."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rlcheck.claims import Claim
from rlcheck.subjects import Subject
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.layouts import from_layout, to_tensor

# Frames of a traceback that are nobody's own code.
_NOT_THEIRS = ("site-packages", "dist-packages", "<frozen", "/rlcheck/judges/", "contextlib.py")


class SubjectFailure(Exception):
    """The subject did not give what its claim is about: it raised, gave NaN, no scalar ..."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """The answer as one vector.

    Attributes:
        vector: the gradient of every parameter in order, the array's valid entries, or the part
            of a step that changes the policy where it was looked at.
        value: the loss itself, where there is one.
        changed: names of arguments that the call changed in place.
        clipped: the gradient was shortened on the way: only its direction compares.
        raw: the array as it was returned; the whole step; a solver's solutions.
    """

    vector: Tensor
    value: float | None = None
    changed: tuple[str, ...] = ()
    clipped: bool = False
    raw: Tensor | None = None


def read_output(output: Any, claim: Claim, batch: Batch, subject: Subject | None) -> Response:
    """A raw output as a vector; raises `SubjectFailure` where it is not what is due."""
    if claim.gives == "loss":
        return _loss(output, batch)
    if claim.gives == "number":
        number = to_tensor(output)
        if number is None or number.numel() != 1:
            raise SubjectFailure(f"it returned {_kind(output)} where a number is due")
        require_finite(number, "the number that it returned")
        return Response(vector=number.detach().reshape(1).to("cpu", torch.float64))
    if claim.gives == "step":
        step = output.detach().to("cpu", torch.float64)
        require_finite(step, "the step")
        return Response(vector=step, raw=step)
    return _array(output, batch, subject)


def flat_gradient(
    gradients: Mapping[str, Tensor | None], parameters: Mapping[str, nn.Parameter]
) -> Tensor:
    """All gradients in the parameters' order as one vector; zeros where there is none."""
    pieces = []
    for name, parameter in parameters.items():
        gradient = gradients.get(name)
        pieces.append(torch.zeros_like(parameter) if gradient is None else gradient)
    return torch.cat([piece.reshape(-1) for piece in pieces]).detach().to("cpu", torch.float64)


def gradient_of(value: Tensor, parameters: Mapping[str, nn.Parameter]) -> Tensor:
    """The gradient of a scalar by the parameters, as one vector."""
    gradients = torch.autograd.grad(value, list(parameters.values()), allow_unused=True)
    return flat_gradient(dict(zip(parameters, gradients, strict=True)), parameters)


def coordinate_name(index: int, parameters: Mapping[str, nn.Parameter]) -> str:
    """The name of a coordinate of `flat_gradient`, such as `policy.network.weight[0, 2]`."""
    for name, parameter in parameters.items():
        if index < parameter.numel():
            place = np.unravel_index(index, tuple(parameter.shape))
            return f"{name}[{', '.join(str(int(i)) for i in place)}]"
        index -= parameter.numel()
    raise IndexError(index)


def check_loss(output: Any) -> Tensor:
    """The loss, if it is one: a finite scalar with a gradient path."""
    if not isinstance(output, Tensor) or output.numel() != 1:
        raise SubjectFailure(
            f"it returned {_kind(output)} where a scalar loss is due: {_scalar_of(output)}"
        )
    if not torch.isfinite(output).all():
        raise SubjectFailure(f"its loss is {output.item()}")
    if not output.requires_grad:
        raise SubjectFailure("its loss has no gradient path: everything in it is detached")
    return output.reshape(())


def _scalar_of(output: Any) -> str:
    """What to return instead."""
    if isinstance(output, Tensor):
        return "reduce it, by .mean() or as it is reduced in training"
    if isinstance(output, int | float):
        return "return the tensor, not its .item(): a number has no gradient"
    return "return the loss alone"


def _loss(output: Any, batch: Batch) -> Response:
    loss = check_loss(output)
    parameters = batch.networks.parameters
    try:
        gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    except RuntimeError as error:
        # Its graph was freed or changed: it called backward itself, or wrote over what it needs.
        raise SubjectFailure(f"its loss has no gradient: {describe_error(error)}") from error
    vector = flat_gradient(dict(zip(parameters, gradients, strict=True)), parameters)
    require_finite(vector, "its gradient")
    return Response(vector=vector, value=float(loss.detach()))


def _array(output: Any, batch: Batch, subject: Subject | None) -> Response:
    pair = isinstance(output, tuple) and len(output) == 2
    first = to_tensor(output[0] if pair else output)
    if first is None:
        raise SubjectFailure(f"it returned {_kind(output)} where an array is due")
    array = _canonical(first, batch, subject)
    if pair:
        _check_pair(output, array, batch, subject)
    vector = array[batch.rollout.mask]
    require_finite(vector, "the array that it returned")
    return Response(vector=vector.detach().to("cpu", torch.float64), raw=array.detach())


def _check_pair(output: Any, advantages: Tensor, batch: Batch, subject: Subject | None) -> None:
    """A pair is (advantages, returns) with returns = advantages + values."""
    second = to_tensor(output[1])
    if second is None:
        raise SubjectFailure(f"the second of the two that it returned is {_kind(output[1])}")
    returns, mask = _canonical(second, batch, subject), batch.rollout.mask
    gap = (returns - advantages - batch.values)[mask].abs().max()
    scale = returns[mask].abs().max() + batch.values[mask].abs().max()
    if gap > 1e-5 * scale:
        raise SubjectFailure(
            "the second array that it returned is not advantages + values "
            f"(largest difference {float(gap):.3g})"
        )


def _canonical(values: Tensor, batch: Batch, subject: Subject | None) -> Tensor:
    layout = subject.layout if subject is not None else "TN"
    try:
        # NumPy's arrays, and tensors that were worked on elsewhere, are judged beside the batch.
        mask = batch.rollout.mask
        return from_layout(values.to(mask.device), layout, mask)
    except ValueError as error:
        raise SubjectFailure(f"it returned {error}") from error


def require_finite(values: Tensor, what: str) -> None:
    """Raises `SubjectFailure` where something is infinite or no number."""
    if not torch.isfinite(values).all():
        bad = values[~torch.isfinite(values)][0].item()
        raise SubjectFailure(f"{what} contains {bad}")


def _kind(output: Any) -> str:
    if isinstance(output, Tensor):
        return f"a tensor of shape {list(output.shape)}"
    return "nothing (None)" if output is None else f"a {type(output).__name__}"


def describe_error(error: BaseException) -> str:
    """What somebody's code raised, in one line, with the line of theirs that it came from."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code if error.code is not None else ''})"
    text = str(error).strip().split("\n")[0][:300]
    return f"it raised {type(error).__name__}: {text}{_their_line(error)}"


def _their_line(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if not any(part in f.filename for part in _NOT_THEIRS)]
    return f" ({Path(theirs[-1].filename).name}, line {theirs[-1].lineno})" if theirs else ""


def hint(text: str, subject: Subject) -> str:
    """What to try where a failure looks like another layout, another kind of array, no graph."""
    if "no gradient path" in text and "values" in subject.asks:
        return "; `values` arrives without a graph, `values_new` is V(obs) with it"
    if subject.arrays == "torch" and any(
        part in text for part in ("'Flag' object", "'Tensor' object has no", "numpy")
    ):
        return "; if it works on NumPy arrays: arrays='numpy' (--arrays numpy)"
    if subject.arrays == "numpy" and "numpy.ndarray" in text:
        return "; if it works on tensors: arrays='torch'"
    shapes = ("size of tensor", "shape", "dimension", "broadcast")
    if any(word in text for word in shapes):
        return f"; {_OTHER_LAYOUTS[subject.layout]}"
    return ""


_OTHER_LAYOUTS = {
    "TN": "arrays come as [T, N]: if it works on flat batches, layout='flat' (--layout flat); "
    "on [N, T], layout='BT'",
    "BT": "arrays come as [N, T]: if it works on [T, N], layout='TN'; on flat ones, layout='flat'",
    "flat": "arrays come as [B], whole episodes in order: if it works on [T, N], layout='TN'",
}
