"""An expression of `derivations` as a function of float64 tensors: the formula's side of a bridge.

The language's own evaluator does the work; what is given here is an arithmetic (`Tracked`), and
where each free symbol gets its number: a probability from the world, π and ∇π from the logits. A
gradient is one vector over the parameters, so that one pass gives all coordinates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from sympy import Expr, Rational, Symbol
from torch import Tensor

from derivations.language.binders import Expectation
from derivations.language.dual import Dual
from derivations.language.evaluate import Evaluator
from derivations.language.meaning.scope import Scope
from derivations.language.sheet import Bindings, quantified
from derivations.language.sight import sight_of
from derivations.language.statement import Each
from derivations.language.terms import GREEDY_POLICIES, OLD, THETA, gamma
from derivations.language.world import Size, World
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.choices import CHOICES
from rlcheck.bridge.tracked import Tracked, stacked
from rlcheck.strategies import SoftmaxPolicy

GIVEN_DEPTH = 4
"""A probability is a fraction that was rounded once, and mixed with another by three operations."""

Slot = tuple[Any, ...]
"""The name of a free symbol, as `World.free` has it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers:
    """What the symbols of an expression stand for.

    Args:
        case: the world and the policies.
        constants: what γ, λ, ε and the like are; γ is the world's unless it is given.
        tables: what arbitrary functions and laws are.
        directions: [K, P], along which ∇ is taken; None for the P parameters themselves.
    """

    case: Case
    constants: Mapping[Symbol, float]
    tables: Tables
    directions: Tensor | None = None


class TrackedPoint:
    """The arithmetic, and where each free symbol gets its number.

    Args:
        numbers: of one case.
    """

    def __init__(self, numbers: Numbers) -> None:
        case = numbers.case
        self._case = case
        self._constants = {gamma: case.world.gamma, **numbers.constants}
        self._tables = numbers.tables
        self._rationals: dict[Rational, Tracked] = {}
        self._policies = {
            name: TrackedPolicy(case, policy, numbers.directions)
            for name, policy in ((THETA, case.policy), (OLD, case.old))
        }

    def variable(self, slot: Slot) -> Tracked:
        kind, *rest = slot
        return getattr(self, f"_{kind}")(*rest)

    def number(self, rational: Rational) -> Tracked:
        if rational not in self._rationals:
            self._rationals[rational] = Tracked.given(float(rational), depth=int(rational.q != 1))
        return self._rationals[rational]

    def log(self, argument: Tracked) -> Tracked:
        return argument.log()

    def exp(self, argument: Tracked) -> Tracked:
        return argument.exp()

    def root(self, argument: Tracked) -> Tracked:
        return argument.root()

    def absolute(self, number: Tracked) -> Tracked:
        return abs(number)

    def _mu(self, state: int) -> Tracked:
        return Tracked.given(self._case.world.initial[state], GIVEN_DEPTH)

    def _P(self, state: int, action: int, following: int) -> Tracked:
        return Tracked.given(self._case.world.transitions[state, action, following], GIVEN_DEPTH)

    def _r(self, state: int, action: int) -> Tracked:
        return Tracked.given(self._case.world.rewards[state, action, 0])

    def _pi(self, name: Symbol, *place: int) -> Tracked:
        """A greedy policy, [S, A] or [T, S, A], is a table."""
        if name in GREEDY_POLICIES:
            return Tracked.given(self._tables[str(name)][place])
        return self._policies[name].probability(*place)

    def _dpi(self, state: int, action: int, place: Any) -> Tracked:
        return self._moved(place).slope(state, action)

    def _ddpi(self, state: int, action: int, place: Any) -> Tracked:
        return self._moved(place).curvature(state, action)

    def _moved(self, place: Any) -> "TrackedPolicy":
        """Where a derivative is taken: at θ, or, with (OLD, ...), at θ_old."""
        return self._policies[OLD if isinstance(place, tuple) else THETA]

    def _constant(self, symbol: Symbol) -> Tracked:
        return Tracked.given(self._constants[symbol])

    def _table(self, name: Symbol, *place: int) -> Tracked:
        return Tracked.given(self._tables[str(name)][place])

    def _law(self, name: Symbol, outcome: int) -> Tracked:
        return Tracked.given(self._tables[str(name)][outcome], GIVEN_DEPTH)

    def _parametric(self, name: Symbol) -> Tracked:
        """A multiple of the first action's probability in the first state: a function of θ."""
        return self._scale(name) * self._policies[THETA].probability(0, 0)

    def _dparametric(self, name: Symbol, _: int) -> Tracked:
        return self._scale(name) * self._policies[THETA].slope(0, 0)

    def _scale(self, name: Symbol) -> Tracked:
        return Tracked.given(self._tables[str(name)])


class TrackedPolicy:
    """π = exp z / Σ exp z and ∇π(a) = π(a) (∇z_a − Σ_b π(b) ∇z_b), with z linear in θ.

    The weights are laid out as `named_parameters` has them: [A, O], so that ∇z_a is the
    observation in row a.
    """

    def __init__(self, case: Case, policy: SoftmaxPolicy, directions: Tensor | None = None) -> None:
        weight = next(iter(policy.parameters())).detach()
        logits = case.world.observations @ weight.T
        inputs = torch.eye(case.actions, dtype=torch.float64)
        # [S, A, P]: in state s, z_a changes with the entries of row a, by the observation.
        lean = torch.einsum("ab,so->sabo", inputs, case.world.observations).flatten(2)
        if directions is not None:
            lean = lean @ directions.T
        self._rows = [_softmax(row) for row in logits]
        self._leans = [[Tracked.given(entry) for entry in row] for row in lean]

    def probability(self, state: int, action: int) -> Tracked:
        """π(a | s)."""
        return self._rows[state][action]

    def slope(self, state: int, action: int) -> Tracked:
        """∇π(a | s), [P]."""
        return self._rows[state][action] * self._centred(state)[action]

    def curvature(self, state: int, action: int) -> Tracked:
        """∂²π(a | s) along each direction: π(a) (c_a² − Σ_b π(b) c_b²), c = ∇z − Σ π ∇z."""
        row, centred = self._rows[state], self._centred(state)
        spread = sum((p * c * c for p, c in zip(row, centred, strict=True)), Tracked.given(0.0))
        return row[action] * (centred[action] * centred[action] - spread)

    def _centred(self, state: int) -> list[Tracked]:
        """∇log π, [A] of [P]."""
        row, leans = self._rows[state], self._leans[state]
        mean = sum((p * lean for p, lean in zip(row, leans, strict=True)), Tracked.given(0.0))
        return [lean - mean for lean in leans]


def _softmax(logits: Tensor) -> list[Tracked]:
    powers = [(Tracked.given(z) - Tracked.given(logits.max())).exp() for z in logits]
    total = sum(powers, Tracked.given(0.0))
    return [power / total for power in powers]


class ConcreteWorld(World):
    """A world whose probabilities are numbers: those that sum to one are all given."""

    def law(self, *name: Any, outcomes: int, sums: bool = True) -> list[Any]:
        """Every entry as it is given, the last one too: one minus the others would lose digits."""
        return [self.free(*name, number) for number in range(outcomes)]

    def policy_slopes(self, state: int, coordinate: int) -> list[Any]:
        return [self.free("dpi", state, a, coordinate) for a in range(self.size.actions)]


class TrackedReading(Evaluator):
    """Values in one case: every choice by comparison, norms over all parameters."""

    rules: ClassVar[Mapping[type, Any]] = {**Evaluator.rules, **CHOICES}

    def __call__(self, expr: Expr, scope: Scope) -> Any:
        """As ever; a mean over trajectories of its own is computed once, not on each of them."""
        if type(expr) is not Expectation:
            return super().__call__(expr, scope)
        bound = tuple(scope.values.get(symbol) for symbol in sight_of(expr).symbols)
        key = ("mean", expr, bound, scope.slopes, scope.at_old, scope.samples)
        return self.world.kept(key, lambda: super(TrackedReading, self).__call__(expr, scope))

    def over_coordinates(self, scope: Scope, body: Callable[[Scope], Any]) -> Any:
        return body(scope).total()


class ByCoordinate(TrackedReading):
    """The same, with norms and variances left apart: one number for each parameter."""

    def over_coordinates(self, scope: Scope, body: Callable[[Scope], Any]) -> Any:
        return body(scope)


def torch_function(
    expr: Expr,
    forall: tuple[Each, ...] = (),
    bindings: Bindings = (),
    reading: type[TrackedReading] = TrackedReading,
) -> Callable[[Numbers], Tracked]:
    """The expression as a function of a case's numbers.

    Args:
        expr: of the language.
        forall: the variables over which it is quantified.
        bindings: of a region.
        reading: what a sum over the coordinates of θ is.

    Returns:
        Its values for every choice of the variables, [choices] or, where it is a gradient,
        [choices, P].
    """

    def function(numbers: Numbers) -> Tracked:
        case = numbers.case
        size = Size(states=case.states, actions=case.actions, steps=case.steps)
        world = ConcreteWorld(size, TrackedPoint(numbers))
        read = reading(world, dict(bindings))
        scopes = quantified(forall, read, Scope(values={}))
        return stacked([_plain(read(expr, scope)) for scope in scopes])

    return function


def _plain(number: Any) -> Tracked:
    """A side of a statement carries no slope: ∇ has taken it."""
    assert not isinstance(number, Dual)
    return number
