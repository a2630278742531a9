"""Where in an expression we are: bound variables, trajectory, and what ∇ is doing."""

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Symbol


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
    """

    values: Mapping[Symbol, int]
    states: tuple[int, ...] | None = None
    actions: tuple[int, ...] | None = None
    coordinate: int = 0
    differentiating: bool = False
    at_old: bool = False
    samples: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()

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
        )

    @property
    def slopes(self) -> int | None:
        return self.coordinate if self.differentiating else None

    def bind(self, variable: Symbol, value: int) -> "Scope":
        return Scope(
            {**self.values, variable: value},
            self.states,
            self.actions,
            self.coordinate,
            self.differentiating,
            self.at_old,
            self.samples,
        )
