"""One comparison: what was found, what was due, and the floor between rounding and bias."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from rlcheck.judges.expectation import OneBatch

_BLUNT = 1e-3


def is_blunt(floor: float, due: Tensor) -> bool:
    """Whether rounding could hide a thousandth of what is due."""
    return 0 < _BLUNT * float(due.norm()) < floor


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """What one property came out as on one case.

    Attributes:
        property_id: id of the property.
        case: where it was tried.
        found: the subject's vector.
        due: the right one.
        floor: absolute rounding floor of `(found - due).norm()`.
        note: what the report may add.
        route: how an expectation was taken.
        n_rollouts: rollouts compared.
        numerical: the part of the floor that is quadrature error, not rounding.
        batches: the answers that an expectation was summed from, where every batch was tried.
        failed: decides where found and due do not (an inequality, say).
    """

    property_id: str
    case: Any
    found: Tensor
    due: Tensor
    floor: float
    note: str = ""
    route: str = ""
    n_rollouts: int = 0
    failed: bool | None = None
    numerical: float = 0.0
    batches: tuple[OneBatch, ...] = ()

    @property
    def error(self) -> float:
        """The distance, absolute."""
        return float((self.found - self.due).norm())

    @property
    def relative_error(self) -> float:
        norm = float(self.due.norm())
        return self.error / norm if norm > 0 else self.error

    @property
    def relative_floor(self) -> float:
        norm = float(self.due.norm())
        return self.floor / norm if norm > 0 else self.floor

    @property
    def is_blunt(self) -> bool:
        """Whether nothing is learnt from it."""
        return self.failed is None and self.holds and is_blunt(self.floor, self.due)

    @property
    def holds(self) -> bool:
        return self.error <= self.floor if self.failed is None else not self.failed
