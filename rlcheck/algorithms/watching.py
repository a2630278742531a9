"""Numbers that an update leaves behind, in the order in which they came about.

A note keeps a tensor and looks at nothing: on a GPU nothing waits for it. Whoever wants to know
looks later, once.
"""

from collections import deque
from dataclasses import dataclass, field

import torch
from torch import Tensor

_MOST = 10_000


@dataclass(kw_only=True, eq=False)
class Watch:
    """The notes since somebody last cleared them; of very many the oldest are forgotten.

    Attributes:
        notes: (name, scalar).
    """

    notes: deque[tuple[str, Tensor]] = field(default_factory=lambda: deque(maxlen=_MOST))

    def note(self, name: str, value: Tensor) -> None:
        """Keeps a scalar, without its graph."""
        self.notes.append((name, value.detach()))

    def first_not_finite(self) -> str | None:
        """The name of the first one that is no number; None where all are."""
        if not self.notes:
            return None
        finite = torch.stack([value for _, value in self.notes]).isfinite().tolist()
        names = [name for name, _ in self.notes]
        return next((name for name, fine in zip(names, finite, strict=True) if not fine), None)

    def means(self) -> dict[str, float]:
        """The mean of each name's notes."""
        names = list(dict.fromkeys(name for name, _ in self.notes))
        kept = {n: torch.stack([v for name, v in self.notes if name == n]) for n in names}
        return {name: float(values.double().mean()) for name, values in kept.items()}

    def clear(self) -> None:
        """Forgets all."""
        self.notes.clear()
