"""One case, its batch, and the implementation: what a structural experiment works with."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.judges.callers import Caller
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.floors import floor
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.response import Response
from rlcheck.subjects.batch import Batch

Measured = Iterator[Measurement]


class Trial:
    """One case, its batch, and the implementation, with the subject's answer kept."""

    def __init__(self, claim: Claim, asks: frozenset[str], caller: Caller, case: AnyCase) -> None:
        self.claim = claim
        self.asks = asks
        self.caller = caller
        self.case = case
        self.batch: Batch = case.sampled
        self.eps: float = caller.eps
        self.plain: Response = caller(self.batch)

    def measure(self, name: str, found: Tensor, due: Tensor, **more: object) -> Measurement:
        return Measurement(
            property_id=name, case=self.case, found=found.cpu(), due=due.cpu(),
            floor=2 * floor(self.batch, due, self.eps, self.asks), n_rollouts=self.batch.rollout.N,
            **more,  # type: ignore[arg-type]
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
