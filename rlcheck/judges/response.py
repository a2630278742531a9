"""What an implementation gives back on one batch: a gradient, an array or a number, as a vector."""

import contextlib
import io
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rlcheck.claims import Claim
from rlcheck.claims.claim import Picks
from rlcheck.judges.deadline import CALL_SECONDS, CallTookTooLong, deadline
from rlcheck.judges.floors import EPS64
from rlcheck.subjects import Subject
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.layouts import from_layout, to_tensor
from rlcheck.subjects.offer import offer
from rlcheck.subjects.update import Caught, catch_update
from rlcheck.variants import Workspace

_SEED = 20_250_101


class SubjectFailure(Exception):
    """The subject did not give what its claim is about: it raised, gave NaN, no scalar ..."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """The answer as one vector.

    Attributes:
        vector: the gradient of every parameter in order, or the array's valid entries.
        value: the loss itself, where there is one.
        changed: names of arguments that the call changed in place.
        clipped: the gradient was shortened on the way: only its direction compares.
    """

    vector: Tensor
    value: float | None = None
    changed: tuple[str, ...] = ()
    clipped: bool = False
    raw: Tensor | None = None


@dataclass(kw_only=True)
class Recorder:
    """What a subject printed while it was called, and how often that was."""

    printed: str = ""
    calls: int = 0
    seconds: float = CALL_SECONDS
    held_back: bool = False
    warnings: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Keeps what is printed, and runs in float64 with a fixed seed and one default dtype."""
        out, before = io.StringIO(), torch.get_default_dtype()
        state, grad = torch.random.get_rng_state(), torch.is_grad_enabled()
        pythons, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002 - as below
        torch.set_default_dtype(torch.float64)
        # Not torch.manual_seed: that queues a traceback for CUDA at every call.
        torch.default_generator.manual_seed(_SEED)
        random.seed(_SEED)
        np.random.seed(_SEED)  # noqa: NPY002 - the generator that user code draws from
        self.calls += 1
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                with deadline(self.seconds), torch.enable_grad():
                    yield
        # Whatever the user's code raises is a finding; an interrupt is the user's own.
        except (Exception, SystemExit) as error:
            raise SubjectFailure(_describe(error)) from error
        except CallTookTooLong as error:
            raise SubjectFailure(f"it did not come back within {self.seconds:g} s") from error
        finally:
            torch.set_grad_enabled(grad)
            torch.set_default_dtype(before)
            torch.random.set_rng_state(state)
            random.setstate(pythons)
            np.random.set_state(numpys)  # noqa: NPY002 - as above
            if len(self.printed) < 4000:
                self.printed += out.getvalue()


@dataclass(frozen=True, kw_only=True, eq=False)
class SubjectCaller:
    """Calls a subject, and turns whatever goes wrong in it into a `SubjectFailure`."""

    subject: Subject
    claim: Claim
    recorder: Recorder = field(default_factory=Recorder)
    eps: float = EPS64

    def __call__(self, batch: Batch) -> Response:
        if self.subject.kind == "update":
            return self._update(batch)
        output, changed = self.raw(batch)
        response = read_output(output, self.claim, batch, self.subject)
        return Response(
            vector=response.vector, value=response.value, changed=changed, raw=response.raw
        )

    def raw(self, batch: Batch) -> tuple[Any, tuple[str, ...]]:
        """What the subject returned, and which arguments it changed."""
        arguments = offer(self.subject, batch)
        before = _fingerprints(arguments)
        with _kept(batch.networks.parameters) as moved, self.recorder.listening():
            output = self.subject.call(**arguments)
        changed = [k for k, v in _fingerprints(arguments).items() if v != before[k]]
        return output, (*changed, *moved)

    def update(self, batch: Batch) -> Caught:
        """Runs the subject's update and puts the parameters back."""
        arguments = offer(self.subject, batch)
        with self.recorder.listening():
            return catch_update(lambda: self.subject.call(**arguments), batch.networks.parameters)

    def _update(self, batch: Batch) -> Response:
        parameters = batch.networks.parameters
        caught = self.update(batch)
        if caught.steps == 0:
            raise SubjectFailure("its update never reached optimizer.step")
        if caught.stepped_twice:
            raise SubjectFailure(
                "its update stepped one parameter more than once: one full-batch step is needed "
                "(one epoch, one minibatch)"
            )
        self.recorder.held_back |= caught.held_back
        vector = flat_gradient(caught.gradients, parameters)
        _require_finite(vector, "its gradient")
        return Response(vector=vector, clipped=caught.clipped)


@dataclass(frozen=True, kw_only=True, eq=False)
class RowCaller:
    """Calls a claim's own row of stages, with any variants in it."""

    claim: Claim
    picks: Picks
    asks: frozenset[str]

    def output(self, batch: Batch) -> Tensor:
        return self.claim.assemble(Workspace(batch, self.asks), self.picks)

    def __call__(self, batch: Batch) -> Response:
        return read_output(self.output(batch), self.claim, batch, None)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceCaller:
    """Calls the claim's reference: the project's own losses and estimators."""

    claim: Claim
    asks: frozenset[str]

    def output(self, batch: Batch) -> Tensor:
        return self.claim.reference(Workspace(batch, self.asks))

    def __call__(self, batch: Batch) -> Response:
        return read_output(self.output(batch), self.claim, batch, None)


Caller = SubjectCaller | RowCaller | ReferenceCaller


def read_output(output: Any, claim: Claim, batch: Batch, subject: Subject | None) -> Response:
    """A raw output as a vector; raises `SubjectFailure` where it is not what is due."""
    if claim.gives == "loss":
        return _loss(output, batch)
    if claim.gives == "number":
        number = to_tensor(output)
        if number is None or number.numel() != 1:
            raise SubjectFailure(f"it returned {_kind(output)} where a number is due")
        _require_finite(number, "the number that it returned")
        return Response(vector=number.detach().reshape(1).to("cpu", torch.float64))
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


def coordinate_name(index: int, parameters: Mapping[str, nn.Parameter]) -> str:
    """The name of a coordinate of `flat_gradient`, such as `policy.network.weight[0, 2]`."""
    for name, parameter in parameters.items():
        if index < parameter.numel():
            place = torch.unravel_index(torch.tensor(index), parameter.shape)
            return f"{name}[{', '.join(str(int(i)) for i in place)}]"
        index -= parameter.numel()
    raise IndexError(index)


def check_loss(output: Any) -> Tensor:
    """The loss, if it is one: a finite scalar with a gradient path."""
    if not isinstance(output, Tensor) or output.numel() != 1:
        raise SubjectFailure(
            f"it returned {_kind(output)} where a scalar loss is due: return the loss alone"
        )
    if not torch.isfinite(output).all():
        raise SubjectFailure(f"its loss is {output.item()}")
    if not output.requires_grad:
        raise SubjectFailure("its loss has no gradient path: everything in it is detached")
    return output.reshape(())


def _loss(output: Any, batch: Batch) -> Response:
    loss = check_loss(output)
    parameters = batch.networks.parameters
    try:
        gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    except RuntimeError as error:
        # Its graph was freed or changed: it called backward itself, or wrote over what it needs.
        raise SubjectFailure(f"its loss has no gradient: {_describe(error)}") from error
    vector = flat_gradient(dict(zip(parameters, gradients, strict=True)), parameters)
    _require_finite(vector, "its gradient")
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
    _require_finite(vector, "the array that it returned")
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
        return from_layout(values, layout, batch.rollout.mask)
    except ValueError as error:
        raise SubjectFailure(f"it returned {error}") from error


@contextlib.contextmanager
def _kept(parameters: Mapping[str, nn.Parameter]) -> Iterator[list[str]]:
    """Puts parameters back that a call moved, and says which; a loss has no business with them."""
    moved: list[str] = []
    before = {name: (p._version, p.detach().clone()) for name, p in parameters.items()}
    try:
        yield moved
    finally:
        for name, parameter in parameters.items():
            version, values = before[name]
            if parameter._version != version and not torch.equal(parameter, values):
                moved.append(name)
                with torch.no_grad():
                    parameter.copy_(values)


def _fingerprints(arguments: Mapping[str, Any]) -> dict[str, Any]:
    prints: dict[str, Any] = {}
    for name, value in arguments.items():
        if isinstance(value, Tensor):
            prints[name] = value._version
        elif hasattr(value, "tobytes"):
            prints[name] = value.tobytes()
    return prints


def _require_finite(values: Tensor, what: str) -> None:
    if not torch.isfinite(values).all():
        bad = values[~torch.isfinite(values)][0].item()
        raise SubjectFailure(f"{what} contains {bad}")


def _kind(output: Any) -> str:
    if isinstance(output, Tensor):
        return f"a tensor of shape {list(output.shape)}"
    return "nothing (None)" if output is None else f"a {type(output).__name__}"


def _describe(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code if error.code is not None else ''})"
    text = str(error).strip().split("\n")[0][:300]
    return f"it raised {type(error).__name__}: {text}"
