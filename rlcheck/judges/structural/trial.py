"""One case, its batch, and the implementation: what a structural experiment works with."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.judges.callers import Caller
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.expectation import expected_gradient
from rlcheck.judges.floors import floor
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import Response
from rlcheck.subjects.batch import Batch

Measured = Iterator[Measurement]


class NotTried(Exception):
    """A relation that has no meaning, or may be false, on this case; the text says why."""


class Trial:
    """One case, its batch, and the implementation, with the subject's answer kept."""

    def __init__(self, claim: Claim, asks: frozenset[str], caller: Caller, case: AnyCase) -> None:
        self.claim = claim
        self.asks = asks
        self.caller = caller
        self.case = case
        self.eps: float = caller.eps

    @property
    def batch(self) -> Batch:
        """The rollouts that it is tried on."""
        return self.case.sampled

    @cached_property
    def plain(self) -> Response:
        """The subject's answer on that batch."""
        return self.caller(self.batch)

    @cached_property
    def answer(self) -> Tensor:
        """The same as `respond` gives it."""
        return self.plain.vector

    @cached_property
    def slack(self) -> float:
        """The rounding of that answer, which most relations need."""
        return self.rounding(self.batch, self.answer)

    def respond(self, batch: Batch) -> Tensor:
        """The vector between which relations are stated: the answer on this batch."""
        return self.caller(batch).vector

    def rounding(self, batch: Batch, answer: Tensor) -> float:
        """How far `respond` may lie from the right answer by rounding."""
        return floor(batch, answer, self.eps, self.asks, self.claim.gives)

    def floor(self, due: Tensor) -> float:
        """The rounding floor of one comparison on the trial's own batch."""
        return self.slack if due is self.answer else self.rounding(self.batch, due)

    def measure(self, name: str, found: Tensor, due: Tensor, **more: object) -> Measurement:
        return self.relate(name, found, due, 2 * self.floor(due), **more)

    def relate(
        self, name: str, found: Tensor, due: Tensor, rounding: float, **more: object
    ) -> Measurement:
        """A relation whose two sides may together round by `rounding`."""
        return Measurement(
            property_id=name, case=self.case, found=found.cpu(), due=due.cpu(), floor=rounding,
            n_rollouts=self.batch.rollout.N, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def decided(self, name: str, failed: bool, note: str = "") -> Measurement:
        """A property that is a yes or a no."""
        zero = torch.zeros(1, dtype=torch.float64)
        found = torch.ones(1, dtype=torch.float64) if failed else zero
        return self.measure(name, found, zero, failed=failed, note=note)

    def gradient_of(self, advantages: Tensor) -> Tensor:
        """The part of the gradient that advantages are responsible for."""
        with_credit = self.caller(replace(self.batch, advantages=advantages)).vector
        without = self.caller(replace(self.batch, advantages=torch.zeros_like(advantages))).vector
        return with_credit - without


class ExpectedTrial(Trial):
    """The same on a case whose rollouts are all listed: relations between *expectations*.

    A claim about an expectation leaves the estimator free. On one batch another estimator need
    not obey a relation that the promised expectation obeys, so that is where it is tried.
    """

    @property
    def batch(self) -> Batch:
        """Every rollout, with its probability."""
        return self.case.listed

    @cached_property
    def answer(self) -> Tensor:
        """The expected gradient over all rollouts."""
        return self.respond(self.batch)

    def respond(self, batch: Batch) -> Tensor:
        """The expected gradient. Raises `NoRoute` where rollouts are coupled."""
        return expected_gradient(self.caller, batch).vector
