"""Random worlds in exact fractions. π_θ = p + θ g + θ² h/2, differentiated at θ = 0."""

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any


def law(random: Random, count: int) -> list[Fraction]:
    weights = [random.randint(1, 9) for _ in range(count)]
    return [Fraction(weight, sum(weights)) for weight in weights]


def slope(random: Random, count: int) -> list[Fraction]:
    parts = [Fraction(random.randint(-9, 9), random.randint(1, 5)) for _ in range(count - 1)]
    return [*parts, -sum(parts, Fraction(0))]


@dataclass
class PlainWorld:
    """One world; numbers that a statement names are drawn when they are first met."""

    states: int
    actions: int
    steps: int
    random: Random
    drawn: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        random = self.random
        self.initial = law(random, self.states)
        self.dynamics = {
            (s, a): law(random, self.states)
            for s in range(self.states)
            for a in range(self.actions)
        }
        self.reward = {key: Fraction(random.randint(-7, 9), 3) for key in self.dynamics}
        self.new = [law(random, self.actions) for _ in range(self.states)]
        self.old = [law(random, self.actions) for _ in range(self.states)]
        self.slopes, self.old_slopes = (
            [[slope(random, self.actions) for _ in range(self.states)] for _ in range(2)]
            for _ in range(2)
        )
        self.curvatures, self.old_curvatures = (
            [[slope(random, self.actions) for _ in range(self.states)] for _ in range(2)]
            for _ in range(2)
        )

    def draw(self, key: Any, positive: bool) -> Fraction:
        if key not in self.drawn:
            low = 1 if positive else -9
            self.drawn[key] = Fraction(self.random.randint(low, 9), self.random.randint(2, 7))
        return self.drawn[key]

    def fraction_below_one(self, key: Any) -> Fraction:
        """γ, λ and ε: between zero and one."""
        if key not in self.drawn:
            self.drawn[key] = Fraction(self.random.randint(1, 12), 13)
        return self.drawn[key]

    def finite_law(self, name: Any) -> list[Fraction]:
        key = ("law", str(name))
        if key not in self.drawn:
            self.drawn[key] = law(self.random, self.states + 1)
        return self.drawn[key]


def between(random: Random, low: Fraction | None, high: Fraction | None) -> Fraction:
    """A random number strictly inside the interval."""
    step = Fraction(random.randint(1, 30), 31)
    if low is not None and high is not None:
        return low + step * (high - low)
    if low is not None:
        return low + 3 * step
    return Fraction(0 if high is None else high) - 6 * (step - Fraction(0 if high else 1, 2))


def random_world(seed: int, states: int, actions: int, steps: int) -> PlainWorld:
    return PlainWorld(states, actions, steps, Random(seed))
