"""Three that can be called on a batch: a subject, a row of stages, a reference."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from rlcheck.claims import Claim
from rlcheck.claims.claim import Picks
from rlcheck.judges.floors import EPS64
from rlcheck.judges.recorder import Recorder
from rlcheck.judges.response import (
    Response,
    SubjectFailure,
    flat_gradient,
    read_output,
    require_finite,
)
from rlcheck.judges.step_answers import answer
from rlcheck.subjects import Subject
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.offer import offer
from rlcheck.subjects.update import Caught, catch_update
from rlcheck.variants import Workspace
from rlcheck.variants.step_problem import part_of, with_large_credit

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, eq=False)
class SubjectCaller:
    """Calls a subject, and turns whatever goes wrong in it into a `SubjectFailure`."""

    subject: Subject
    claim: Claim
    recorder: Recorder = field(default_factory=Recorder)
    eps: float = EPS64

    @property
    def words(self) -> frozenset[str]:
        """What may enter its answer."""
        return self.subject.asks

    def __call__(self, batch: Batch) -> Response:
        if self.claim.gives == "step":
            return self._of_a_step(batch)
        if self.subject.kind == "update":
            return self._update(batch)
        output, changed = self.raw(batch)
        response = read_output(output, self.claim, batch, self.subject)
        return Response(
            vector=response.vector, value=response.value, changed=changed, raw=response.raw
        )

    def _of_a_step(self, batch: Batch) -> Response:
        part, handed = part_of(self.subject.asks), with_large_credit(batch)
        if part != "step":
            return answer(part, batch, lambda given: self.raw(handed, given), {})
        return answer(part, batch, lambda given: self._called(handed, given), self._trained(batch))

    def _called(self, batch: Batch, given: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
        """As `raw`, of what has every business with the parameters."""
        arguments = offer(self.subject, batch, given)
        before = _fingerprints(arguments)
        with self.recorder.listening():
            output = self.subject.call(**arguments)
        return output, tuple(k for k, v in _fingerprints(arguments).items() if v != before[k])

    def raw(self, batch: Batch, given: Mapping[str, Any] = _NOTHING) -> tuple[Any, tuple[str, ...]]:
        """What the subject returned, and which arguments it changed.

        Args:
            batch: what it is handed.
            given: words that are no part of a batch.
        """
        arguments = offer(self.subject, batch, given)
        before = _fingerprints(arguments)
        with _kept(batch.networks.parameters) as moved, self.recorder.listening():
            output = self.subject.call(**arguments)
        changed = [k for k, v in _fingerprints(arguments).items() if v != before[k]]
        return output, (*changed, *moved)

    def update(self, batch: Batch) -> Caught:
        """Runs the subject's update and puts the parameters back."""
        arguments = offer(self.subject, batch)
        with self.recorder.listening():
            return catch_update(lambda: self.subject.call(**arguments), self._trained(batch))

    def _trained(self, batch: Batch) -> Mapping[str, nn.Parameter]:
        """What an update steps: the networks that it holds, whichever stand in the batch."""
        own = self.subject.own
        return batch.networks.parameters if own is None else own.parameters

    def _update(self, batch: Batch) -> Response:
        parameters = self._trained(batch)
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
        require_finite(vector, "its gradient")
        return Response(vector=vector, clipped=caught.clipped)


@dataclass(frozen=True, kw_only=True, eq=False)
class RowCaller:
    """Calls a claim's own row of stages, with any variants in it."""

    claim: Claim
    picks: Picks
    asks: frozenset[str]
    eps: float = EPS64

    @property
    def words(self) -> frozenset[str]:
        """What may enter its answer."""
        return self.asks

    def output(self, batch: Batch) -> Tensor:
        return self.claim.assemble(Workspace(batch, self.asks), self.picks)

    def __call__(self, batch: Batch) -> Response:
        return read_output(self.output(batch), self.claim, batch, None)


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceCaller:
    """Calls the claim's reference: the project's own losses and estimators."""

    claim: Claim
    asks: frozenset[str]
    eps: float = EPS64

    @property
    def words(self) -> frozenset[str]:
        """What may enter its answer."""
        return self.asks

    def output(self, batch: Batch) -> Tensor:
        return self.claim.reference(Workspace(batch, self.asks))

    def __call__(self, batch: Batch) -> Response:
        return read_output(self.output(batch), self.claim, batch, None)


Caller = SubjectCaller | RowCaller | ReferenceCaller


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
        elif isinstance(value, tuple):
            prints[name] = tuple(part._version for part in value)
        elif hasattr(value, "tobytes"):
            prints[name] = value.tobytes()
    return prints
