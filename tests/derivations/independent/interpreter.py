"""What a statement says of one plain world: every sum written out, every value a sum over paths."""

from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol
from sympy.matrices import Matrix

from derivations.language import binders, functionals, operators, terms
from derivations.language.gaussian import GaussianExpectation
from derivations.language.statement import Kind, Relation, Statement
from tests.derivations.independent.numbers import (
    DIGITS,
    INTEGRAL_TOLERANCE,
    TOLERANCE,
    Line,
    both,
    integral,
    inverse,
    logarithm,
    plain,
    plus,
    same,
    square_root,
    times,
)
from tests.derivations.independent.worlds import PlainWorld

ZERO, ONE = Fraction(0), Fraction(1)
TWICE = "twice"
"""θ moves, and what is asked for is the second derivative."""
BELOW_ONE = {"gamma", "lambda", "epsilon", "rho"}


class Meaningless(Exception):
    """The statement says nothing here: a time outside the trajectory, a zero denominator."""


class Kink(Meaningless):
    """A minimum or maximum of equals with different slopes: it is not differentiated here."""


class Reader:
    """Reads expressions on one world.

    `names` are the bound variables, `path` the trajectory (states, actions), `mode` says whether θ
    may move (inside ∇), along which coordinate, and whether θ = θ_old.
    """

    def __init__(self, world: PlainWorld) -> None:
        self.world = world
        self.names: dict[Any, int] = {}
        self.reals: dict[Any, Any] = {}
        self.path: Any = None
        self.samples: Any = None
        self.moving: Any = False
        self.coordinate = 0
        self.at_old = False

    def holds(self, statement: Statement) -> bool:
        """Whether the statement is true here, for all that it quantifies over."""
        with mpmath.workdps(DIGITS):
            return self._for_all(list(statement.forall), statement)

    def _for_all(self, rest: list[Any], statement: Statement) -> bool:
        if not rest:
            return self._compare(statement)
        each, later = rest[0], rest[1:]
        if each.kind is Kind.TRAJECTORY:
            return all(
                self._with(path=path).holds_after(later, statement)
                for path in self.paths(self.world.steps)
            )
        return all(
            self._with(names={**self.names, each.variable: value}).holds_after(later, statement)
            for value in self._range(each)
        )

    def holds_after(self, rest: list[Any], statement: Statement) -> bool:
        return self._for_all(rest, statement)

    def _range(self, each: Any) -> range:
        if each.kind is Kind.TIME:
            return range(self.whole(each.first), self.whole(each.last) + 1)
        return range(
            {
                Kind.STATE: self.world.states,
                Kind.ACTION: self.world.actions,
                Kind.OUTCOME: self.world.states + 1,
            }[each.kind]
        )

    def _compare(self, statement: Statement) -> bool:
        left, right = self.read(statement.left), self.read(statement.right)
        integrals = statement.left.has(GaussianExpectation) or statement.right.has(
            GaussianExpectation
        )
        equal = same(left, right, INTEGRAL_TOLERANCE if integrals else TOLERANCE)
        if statement.relation is Relation.EQUAL or equal:
            return equal
        difference = plus(right, times(-ONE, left))
        return difference > 0 if statement.relation is Relation.AT_MOST else difference < 0

    def _with(self, **changes: Any) -> "Reader":
        other = Reader.__new__(Reader)
        other.__dict__ = {**self.__dict__, **changes}
        return other

    # Whole numbers: times, and the numbers of states and actions.

    def whole(self, expr: Any) -> int:
        if isinstance(expr, (int, Integer)):
            return int(expr)
        if expr == terms.T and expr not in self.names:
            return self.world.steps
        if isinstance(expr, Symbol) and expr in self.names:
            return self.names[expr]
        if isinstance(expr, Add):
            return sum(map(self.whole, expr.args))
        if isinstance(expr, Mul):
            result = 1
            for part in expr.args:
                result *= self.whole(part)
            return result
        if isinstance(expr, (terms.StateAt, terms.ActionAt)) and self.path is not None:
            line = self.path[0] if isinstance(expr, terms.StateAt) else self.path[1]
            time = self.whole(expr.args[0])
            if 0 <= time < len(line):
                return line[time]
        raise Meaningless(str(expr))

    def paths(self, length: int) -> Any:
        if length < 0:
            raise Meaningless(f"{length} steps")
        for states in product(range(self.world.states), repeat=length + 1):
            for actions in product(range(self.world.actions), repeat=length):
                yield states, actions

    # Probabilities.

    def pi(self, policy: Any, state: int, time: int | None = None) -> list[Any]:
        world = self.world
        if policy == terms.GREEDY:
            return self._one_hot(self._largest(state, None))
        if policy == terms.GREEDY_IN_TIME and time is not None:
            return self._one_hot(self._largest(state, time))
        if policy == terms.OLD:
            return world.old[state]
        if policy != terms.THETA:
            raise Meaningless(str(policy))
        base = world.old[state] if self.at_old else world.new[state]
        if not self.moving:
            return base
        slopes = (world.old_slopes if self.at_old else world.slopes)[self.coordinate][state]
        if self.moving != TWICE:
            return [Line(p, g) for p, g in zip(base, slopes, strict=True)]
        curved = (world.old_curvatures if self.at_old else world.curvatures)[self.coordinate][state]
        rows = zip(base, slopes, curved, strict=True)
        return [Line(Line(p, g), Line(g, h)) for p, g, h in rows]

    def _one_hot(self, chosen: int) -> list[Any]:
        return [ONE if action == chosen else ZERO for action in range(self.world.actions)]

    def _largest(self, state: int, time: int | None) -> int:
        """The first action of largest Q of the old policy."""
        values = self._old_action_values(state, time)
        return values.index(max(values))

    def _old_action_values(self, state: int, time: int | None) -> list[Any]:
        """Q of the old policy, in exact fractions: nothing moves here."""
        reader = self._with(names={}, moving=False)
        at = () if time is None else (Integer(time),)
        return [
            reader.read(
                functionals.ActionValue(terms.OLD, terms.gamma, Integer(state), Integer(a), *at)
            )
            for a in range(self.world.actions)
        ]

    def read_bestactionvalue(self, expr: Any) -> Any:
        policy, discount, state, *time = expr.args
        if policy != terms.OLD or discount != terms.gamma:
            raise Meaningless(str(expr))
        when = self.whole(time[0]) if time else None
        return max(self._old_action_values(self.state(state), when))

    def probability(self, policy: Any, path: Any) -> Any:
        states, actions = path
        weight: Any = self.world.initial[states[0]]
        for i, action in enumerate(actions):
            weight = times(weight, self.pi(policy, states[i], i)[action])
            weight = times(weight, self.world.dynamics[states[i], action][states[i + 1]])
        return weight

    # Values, as sums over what can follow.

    def discounted(self, expr: Any, path: Any) -> Any:
        discount = self.fixed().read(expr)
        total: Any = ZERO
        for i, action in enumerate(path[1]):
            factor = ONE
            for _ in range(i):
                factor = times(factor, discount)
            total = plus(total, times(factor, self.world.reward[path[0][i], action]))
        return total

    def fixed(self) -> "Reader":
        return self._with(moving=False)

    def from_here(self, policy: Any, discount: Any, state: int, action: Any, left: int) -> Any:
        """Σ over all that may follow, of its probability times its discounted reward."""
        key = ("follow", policy, discount, state, action, left, self.moving, self.coordinate)
        key = (*key, self.at_old)
        if key not in self.world.drawn:
            self.world.drawn[key] = self._follow(policy, discount, state, action, left)
        return self.world.drawn[key]

    def _follow(self, policy: Any, discount: Any, state: int, action: Any, left: int) -> Any:
        total: Any = ZERO
        for path in self.paths(left):
            if path[0][0] != state or (action is not None and path[1][0] != action):
                continue
            weight: Any = ONE
            for i, taken in enumerate(path[1]):
                if i > 0 or action is None:
                    time = self.world.steps - left + i
                    weight = times(weight, self.pi(policy, path[0][i], time)[taken])
                weight = times(weight, self.world.dynamics[path[0][i], taken][path[0][i + 1]])
            total = plus(total, times(weight, self.discounted(discount, path)))
        return total

    def forever(
        self, policy: Any, discount: Any, first: int | None = None
    ) -> tuple[list[Any], list[Any]]:
        """V and d of the infinite horizon, and their slopes, by SymPy's exact matrices."""
        if self.moving == TWICE:
            raise Meaningless("the second derivative of an infinite horizon")
        key = ("forever", policy, discount, first, self.moving, self.coordinate, self.at_old)
        if key not in self.world.drawn:
            self.world.drawn[key] = self._solve(policy, discount, first)
        return self.world.drawn[key]

    def _solve(self, policy: Any, discount: Any, first: int | None) -> tuple[list[Any], list[Any]]:
        world, n = self.world, range(self.world.states)
        gamma = self.fixed().read(discount)
        chain, reward = self._chain(policy)

        def part(matrix: Any, which: int) -> Matrix:
            return Matrix([[_rational(both(entry)[which]) for entry in row] for row in matrix])

        at = Matrix.eye(world.states) - _rational(gamma) * part(chain, 0)
        moved = -_rational(gamma) * part(chain, 1)
        r0, r1 = part([[x] for x in reward], 0), part([[x] for x in reward], 1)
        law = world.initial if first is None else [ONE if i == first else ZERO for i in n]
        start = Matrix([[_rational(p) for p in law]])
        inverse_ = at.inv()
        v0, d0 = inverse_ * r0, start * inverse_
        v1, d1 = inverse_ * (r1 - moved * v0), -d0 * moved * inverse_
        if not self.moving:
            return [_fraction(v0[i]) for i in n], [_fraction(d0[i]) for i in n]
        values = [Line(_fraction(v0[i]), _fraction(v1[i])) for i in n]
        return values, [Line(_fraction(d0[i]), _fraction(d1[i])) for i in n]

    def _chain(self, policy: Any) -> tuple[list[list[Any]], list[Any]]:
        world = self.world
        chain, rewards = [], []
        for s in range(world.states):
            row: list[Any] = [ZERO] * world.states
            mean: Any = ZERO
            for a, p in enumerate(self.pi(policy, s)):
                mean = plus(mean, times(p, world.reward[s, a]))
                row = [
                    plus(entry, times(p, q))
                    for entry, q in zip(row, world.dynamics[s, a], strict=True)
                ]
            chain.append(row)
            rewards.append(mean)
        return chain, rewards

    # Expressions.

    def read(self, expr: Any) -> Any:
        method = getattr(self, f"read_{type(expr).__name__.lower()}", None)
        if method is not None:
            return method(expr)
        if isinstance(expr, Rational):
            return Fraction(int(expr.p), int(expr.q))
        raise Meaningless(f"{type(expr).__name__}")

    def read_symbol(self, expr: Symbol) -> Any:
        if expr in self.reals:
            return self.reals[expr]
        if expr in self.names or expr == terms.T:
            return Fraction(self.whole(expr))
        if expr.is_integer:
            raise Meaningless(str(expr))
        if expr.name in BELOW_ONE:
            return self.world.fraction_below_one(expr.name)
        return self.world.draw(("symbol", expr.name), bool(expr.is_positive))

    def read_add(self, expr: Add) -> Any:
        total: Any = ZERO
        for part in expr.args:
            total = plus(total, self.read(part))
        return total

    def read_mul(self, expr: Mul) -> Any:
        result: Any = ONE
        for part in expr.args:
            result = times(result, self.read(part))
        return result

    def read_pow(self, expr: Pow) -> Any:
        power, base = self.whole(expr.exp), self.read(expr.base)
        result: Any = ONE
        for _ in range(abs(power)):
            result = times(result, base)
        if power >= 0:
            return result
        at = both(both(result)[0])[0]
        if at == 0:
            raise Meaningless("division by zero")
        return inverse(result)

    def read_initial(self, expr: Any) -> Any:
        return self.world.initial[self.state(expr.args[0])]

    def state(self, expr: Any) -> int:
        number = self.whole(expr)
        if not 0 <= number < self.world.states or isinstance(expr, terms.ActionAt):
            raise Meaningless(str(expr))
        return number

    def action(self, expr: Any) -> int:
        number = self.whole(expr)
        if not 0 <= number < self.world.actions or isinstance(expr, terms.StateAt):
            raise Meaningless(str(expr))
        return number

    def read_dynamics(self, expr: Any) -> Any:
        following, state, action = expr.args
        return self.world.dynamics[self.state(state), self.action(action)][self.state(following)]

    def read_reward(self, expr: Any) -> Any:
        return self.world.reward[self.state(expr.args[0]), self.action(expr.args[1])]

    def read_pi(self, expr: Any) -> Any:
        return self.pi(expr.args[0], self.state(expr.args[2]))[self.action(expr.args[1])]

    def read_table(self, expr: Any) -> Any:
        key = ("table", str(expr.args[0]), *map(self.whole, expr.args[1:]))
        return self.world.draw(key, False)

    def read_trajectorytable(self, expr: Any) -> Any:
        if self.path is None:
            raise Meaningless(str(expr))
        return self.world.draw(("whole", str(expr.args[0]), self.path), False)

    def read_parametric(self, expr: Any) -> Any:
        key = ("parametric", str(expr.args[0]), *map(self.whole, expr.args[1:]))
        value = self.world.draw(key, True)
        if self.moving == TWICE:
            raise Meaningless("the second derivative of an arbitrary function")
        if not self.moving:
            return value
        return Line(value, self.world.draw((*key, "slope", self.coordinate), False))

    def read_law(self, expr: Any) -> Any:
        row, number = self.world.finite_law(expr.args[0]), self.whole(expr.args[1])
        if not 0 <= number < len(row):
            raise Meaningless(str(expr))
        return row[number]

    def _total(self, variable: Any, values: Any, body: Any, weights: Any = None) -> Any:
        total: Any = ZERO
        for i in values:
            part = self._with(names={**self.names, variable: i}).read(body)
            total = plus(total, part if weights is None else times(weights[i], part))
        return total

    def read_timesum(self, expr: Any) -> Any:
        index, first, last, body = expr.args
        return self._total(index, range(self.whole(first), self.whole(last) + 1), body)

    def read_timeproduct(self, expr: Any) -> Any:
        index, first, last, body = expr.args
        result: Any = ONE
        for i in range(self.whole(first), self.whole(last) + 1):
            result = times(result, self._with(names={**self.names, index: i}).read(body))
        return result

    def read_statesum(self, expr: Any) -> Any:
        return self._total(expr.args[0], range(self.world.states), expr.args[1])

    def read_actionsum(self, expr: Any) -> Any:
        return self._total(expr.args[0], range(self.world.actions), expr.args[1])

    def read_outcomesum(self, expr: Any) -> Any:
        return self._total(expr.args[0], range(self.world.states + 1), expr.args[1])

    def read_actionexpectation(self, expr: Any) -> Any:
        policy, variable, state, body = expr.args
        weights = self.pi(policy, self.state(state))
        return self._total(variable, range(self.world.actions), body, weights)

    def read_outcomeexpectation(self, expr: Any) -> Any:
        name, variable, body = expr.args
        weights = self.world.finite_law(name)
        return self._total(variable, range(len(weights)), body, weights)

    def read_trajectorysum(self, expr: Any) -> Any:
        total: Any = ZERO
        for path in self.paths(self.whole(expr.args[0])):
            total = plus(total, self._with(path=path).read(expr.args[1]))
        return total

    def read_expectation(self, expr: Any) -> Any:
        return self.mean(expr.args[0], lambda reader: reader.read(expr.args[1]))

    def mean(self, policy: Any, body: Any) -> Any:
        total: Any = ZERO
        for path in self.paths(self.world.steps):
            weight = self.probability(policy, path)
            total = plus(total, times(weight, body(self._with(path=path))))
        return total

    def read_conditionalexpectation(self, expr: Any) -> Any:
        policy, body, time, state, *action = expr.args
        t, s = self.whole(time), self.state(state)
        a = self.action(action[0]) if action else None
        total, mass = ZERO, ZERO
        for path in self.paths(self.world.steps):
            if path[0][t] == s and (a is None or path[1][t] == a):
                weight = self.probability(policy, path)
                mass = plus(mass, weight)
                total = plus(total, times(weight, self._with(path=path).read(body)))
        return times(total, inverse(mass))

    def read_sampleexpectation(self, expr: Any) -> Any:
        policy, count, body = expr.args
        total: Any = ZERO
        for chosen in product(list(self.paths(self.world.steps)), repeat=self.whole(count)):
            weight: Any = ONE
            for path in chosen:
                weight = times(weight, self.probability(policy, path))
            value = self._with(samples=chosen, path=None).read(body)
            total = plus(total, times(weight, value))
        return total

    def read_ofsample(self, expr: Any) -> Any:
        number = self.whole(expr.args[0])
        if self.samples is None or not 1 <= number <= len(self.samples):
            raise Meaningless(str(expr))
        return self._with(path=self.samples[number - 1]).read(expr.args[1])

    def read_trajectoryprobability(self, expr: Any) -> Any:
        length = self.whole(expr.args[1])
        if self.path is None or not 0 <= length <= len(self.path[1]):
            raise Meaningless(str(expr))
        return self.probability(expr.args[0], (self.path[0][: length + 1], self.path[1][:length]))

    def read_return(self, expr: Any) -> Any:
        if self.path is None or len(self.path[1]) != self.world.steps:
            raise Meaningless(str(expr))
        return self.discounted(expr.args[0], self.path)

    def read_objective(self, expr: Any) -> Any:
        return self.mean(expr.args[0], lambda reader: reader.discounted(expr.args[1], reader.path))

    def read_objectiveforever(self, expr: Any) -> Any:
        values, _ = self.forever(*expr.args)
        total: Any = ZERO
        for p, v in zip(self.world.initial, values, strict=True):
            total = plus(total, times(p, v))
        return total

    def read_value(self, expr: Any) -> Any:
        policy, discount, state, *time = expr.args
        if not time:
            return self.forever(policy, discount)[0][self.state(state)]
        left = self.world.steps - self.whole(time[0])
        if not 0 <= left <= self.world.steps:
            raise Meaningless(str(expr))
        return self.from_here(policy, discount, self.state(state), None, left)

    def read_actionvalue(self, expr: Any) -> Any:
        policy, discount, state, action, *time = expr.args
        s, a = self.state(state), self.action(action)
        if time:
            left = self.world.steps - self.whole(time[0])
            if not 1 <= left <= self.world.steps:
                raise Meaningless(str(expr))
            return self.from_here(policy, discount, s, a, left)
        values, _ = self.forever(policy, discount)
        future: Any = ZERO
        for p, v in zip(self.world.dynamics[s, a], values, strict=True):
            future = plus(future, times(p, v))
        return plus(self.world.reward[s, a], times(self.fixed().read(discount), future))

    def read_advantage(self, expr: Any) -> Any:
        policy, discount, state, _, *time = expr.args
        value = self.read_value(functionals.Value(policy, discount, state, *time))
        return plus(self.read_actionvalue(expr), times(-ONE, value))

    def read_statelaw(self, expr: Any) -> Any:
        policy, time, state, *first = expr.args
        t, s = self.whole(time), self.state(state)
        starts = [self.state(part) for part in first]
        total, mass = ZERO, ZERO
        for path in self.paths(t):
            if not starts or path[0][0] in starts:
                weight = self.probability(policy, path)
                mass = plus(mass, weight)
                total = plus(total, weight) if path[0][t] == s else total
        return times(total, inverse(mass))

    def read_occupancy(self, expr: Any) -> Any:
        policy, discount, state, *first = expr.args
        start = [self.state(part) for part in first]
        return self.forever(policy, discount, *start)[1][self.state(state)]

    def read_gradient(self, expr: Any) -> Any:
        if self.moving:
            raise Meaningless("a second derivative")
        return both(self._with(moving=True).read(expr.args[0]))[1]

    def read_curvature(self, expr: Any) -> Any:
        if self.moving:
            raise Meaningless("a third derivative")
        return both(both(self._with(moving=TWICE).read(expr.args[0]))[1])[1]

    def read_log(self, expr: Any) -> Any:
        return logarithm(self.read(expr.args[0]))

    def read_root(self, expr: Any) -> Any:
        return square_root(self.read(expr.args[0]))

    def read_exponential(self, expr: Any) -> Any:
        return mpmath.exp(plain(self.read(expr.args[0]), mpmath.mpf(0)))

    def read_gaussiandensity(self, expr: Any) -> Any:
        center, spread, point = (plain(self.read(part), mpmath.mpf(0)) for part in expr.args)
        return mpmath.npdf(point, center, mpmath.sqrt(spread))

    def read_gaussianexpectation(self, expr: Any) -> Any:
        center, spread, variable, body = expr.args
        m, v = (plain(self.read(part), mpmath.mpf(0)) for part in (center, spread))

        def integrand(x: Any) -> Any:
            inner = self._with(reals={**self.reals, variable: x})
            return plain(inner.read(body), x) * mpmath.npdf(x, m, mpmath.sqrt(v))

        return integral(integrand)

    def read_absolute(self, expr: Any) -> Any:
        value = self.read(expr.args[0])
        return value if both(value)[0] >= 0 else times(-ONE, value)

    def read_statemaximum(self, expr: Any) -> Any:
        variable, body = expr.args
        return max(
            plain(self._with(names={**self.names, variable: s}).read(body), mpmath.mpf(0))
            for s in range(self.world.states)
        )

    def read_pairmaximum(self, expr: Any) -> Any:
        state, action, body = expr.args
        pairs = product(range(self.world.states), range(self.world.actions))
        return max(
            plain(self._with(names={**self.names, state: s, action: a}).read(body), mpmath.mpf(0))
            for s, a in pairs
        )

    def read_minimum(self, expr: Any) -> Any:
        return self._extreme(expr, smallest=True)

    def read_maximum(self, expr: Any) -> Any:
        return self._extreme(expr, smallest=False)

    def _extreme(self, expr: Any, smallest: bool) -> Any:
        first, second = map(self.read, expr.args)
        (a, b), (c, d) = both(first), both(second)
        if a == c and b != d:
            raise Kink("a minimum of equals")
        return first if (a <= c) == smallest else second

    def read_ifbelow(self, expr: Any) -> Any:
        first, second = (both(self.read(part))[0] for part in expr.args[:2])
        return self.read(expr.args[2] if first < second else expr.args[3])

    def read_clip(self, expr: Any) -> Any:
        body, low, high = expr.args
        return self.read(operators.Minimum(operators.Maximum(body, low), high))

    def read_squarednorm(self, expr: Any) -> Any:
        total: Any = ZERO
        for i in range(2):
            value = self._with(coordinate=i).read(expr.args[0])
            total = plus(total, times(value, value))
        return total

    def read_variance(self, expr: Any) -> Any:
        """E‖X‖² − ‖E X‖², coordinate by coordinate where X has any."""
        policy, body = expr.args
        total: Any = ZERO
        for i in range(2 if body.has(operators.Gradient) else 1):
            reader = self._with(coordinate=i)
            mean = reader.mean(policy, lambda inner: inner.read(body))
            square = reader.mean(policy, lambda inner: inner.read(body**2))
            total = plus(total, plus(square, times(-ONE, times(mean, mean))))
        return total

    def read_outcomevariance(self, expr: Any) -> Any:
        name, variable, body = expr.args
        mean = self.read(binders.OutcomeExpectation(name, variable, body))
        square = self.read(binders.OutcomeExpectation(name, variable, body**2))
        return plus(square, times(-ONE, times(mean, mean)))

    def read_frozen(self, expr: Any) -> Any:
        return self.fixed().read(expr.args[0])

    def read_atold(self, expr: Any) -> Any:
        return self._with(at_old=True).read(expr.args[0])


def _rational(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)


def _fraction(number: Expr) -> Fraction:
    return Fraction(int(number.p), int(number.q))  # type: ignore[attr-defined]
