"""Where in an expression we are: bound variables, trajectory, and what ∇ is doing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from derivations.language.world import Twice


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in an expression we are: bound variables, trajectory, and what ∇ is doing.

    Args:
        values: bound and quantified variables.
        states: of the trajectory at hand; None outside one.
        actions: likewise.
        coordinate: of θ, that a gradient gives.
        differentiating: inside ∇, where π_θ carries its slope.
        at_old: θ = θ_old.
        samples: the trajectories of an expectation over several.
        twice: inside ∇², where π_θ carries its curvature, too.
    """

    values: Mapping[Symbol, int]
    states: tuple[int, ...] | None = None
    actions: tuple[int, ...] | None = None
    coordinate: int = 0
    differentiating: bool = False
    at_old: bool = False
    samples: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()
    twice: bool = False

    def along(self, states: tuple[int, ...], actions: tuple[int, ...]) -> "Scope":
        """The same place, on another trajectory."""
        return Scope(
            self.values,
            states,
            actions,
            self.coordinate,
            self.differentiating,
            self.at_old,
            self.samples,
            self.twice,
        )

    @property
    def slopes(self) -> Any:
        """What a world is asked for: no slopes, those of a coordinate, or curvatures as well."""
        if not self.differentiating:
            return None
        return Twice(self.coordinate) if self.twice else self.coordinate

    def bind(self, variable: Symbol, value: int) -> "Scope":
        return Scope(
            {**self.values, variable: value},
            self.states,
            self.actions,
            self.coordinate,
            self.differentiating,
            self.at_old,
            self.samples,
            self.twice,
        )
