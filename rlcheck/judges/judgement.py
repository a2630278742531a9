"""A verdict with the examination behind it, of which more can be asked than a report prints."""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.examination import Examination, fails_on
from rlcheck.judges.finding import describe_on, smallest_case, worst
from rlcheck.subjects.randomness import kept
from rlcheck.verdict import Finding, Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """What came out, and what it came out of.

    Attributes:
        verdict: the outcome with its evidence.
        examination: everything that was measured.
        smallest: the smallest cases that have been found so far.
    """

    verdict: Verdict
    examination: Examination
    smallest: list[AnyCase] = field(default_factory=list)

    def finding_of(self, property_id: str) -> Finding | None:
        """The worst coordinate of one property on the smallest world on which it fails.

        None where it does not fail. One fault fails many properties: a world that was found for
        another of them is tried before a smaller one is looked for.
        """
        failing = [m for m in self.examination.failing() if m.property_id == property_id]
        if not failing:
            return None
        chosen = worst(failing)
        with undisturbed(self.examination.device):
            for case in self.smallest:
                if fails_on(self.examination, property_id, case):
                    return describe_on(self.examination, chosen, case)
            self.smallest.append(smallest_case(self.examination, chosen))
            return describe_on(self.examination, chosen, self.smallest[-1])


@contextlib.contextmanager
def undisturbed(device: torch.device) -> Iterator[None]:
    """Keeps the caller's warnings, and global generators: making a network draws from them."""
    with warnings.catch_warnings(), kept(device):
        warnings.simplefilter("ignore")
        yield
