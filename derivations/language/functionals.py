"""What a policy makes of a problem: P(τ; θ), R(τ), J, V, Q, A, Pr(s_t = s), d^π.

With a time, V, Q and A are those of the horizon T: the discounted sum of the rewards from that time
on, discounted to that time. Without one they are those of the infinite horizon.
"""

from typing import Any

from sympy import S

from derivations.language.node import Node, bracketed


def _subscript(printer: Any, time: Any) -> str:
    return "" if time is None else f"_{{{printer._print(time)}}}"


def _given_first(printer: Any, first: Any) -> str:
    return "" if first is None else rf" \mid s_0 = {printer._print(first)}"


class TrajectoryProbability(Node):
    """P(τ; θ) = μ(s_0) ∏_{t < length} π_θ(a_t | s_t) P(s_{t+1} | s_t, a_t)."""

    fields = ("policy", "length")

    def _latex(self, printer: Any) -> str:
        policy, length = (printer._print(part) for part in self.args)
        return rf"P(\tau_{{{length}}}; {policy})"


class Return(Node):
    """R(τ) = Σ_{t < T} discountᵗ r_t."""

    fields = ("discount",)

    def _latex(self, printer: Any) -> str:
        mark = "" if self.discount == S.One else f"_{{{printer._print(self.discount)}}}"
        return rf"R{mark}(\tau)"


class Objective(Node):
    """J(θ), the expected return over T steps."""

    fields = ("policy", "discount")

    def _latex(self, printer: Any) -> str:
        mark = "" if self.discount == S.One else f"_{{{printer._print(self.discount)}}}"
        return f"J{mark}({printer._print(self.policy)})"


class ObjectiveForever(Node):
    """J(θ) = E[Σ_{t ≥ 0} γᵗ r_t], γ < 1."""

    fields = ("policy", "discount")

    def _latex(self, printer: Any) -> str:
        return f"J_{{{printer._print(self.discount)}}}^{{\\infty}}({printer._print(self.policy)})"


class Value(Node):
    """V^π(s), or V^π_t(s)."""

    fields = ("policy", "discount", "state", "time")
    optional = 1

    def _latex(self, printer: Any) -> str:
        mark = f"^{{\\pi_{{{printer._print(self.policy)}}}}}{_subscript(printer, self.time)}"
        return f"V{mark}({printer._print(self.state)})"


class ActionValue(Node):
    """Q^π(s, a), or Q^π_t(s, a)."""

    fields = ("policy", "discount", "state", "action", "time")
    optional = 1

    def _latex(self, printer: Any) -> str:
        mark = f"^{{\\pi_{{{printer._print(self.policy)}}}}}{_subscript(printer, self.time)}"
        return f"Q{mark}({bracketed(printer, (self.state, self.action))})"


class Advantage(Node):
    """A^π = Q^π − V^π."""

    fields = ("policy", "discount", "state", "action", "time")
    optional = 1

    def _latex(self, printer: Any) -> str:
        mark = f"^{{\\pi_{{{printer._print(self.policy)}}}}}{_subscript(printer, self.time)}"
        return f"A{mark}({bracketed(printer, (self.state, self.action))})"


class BestActionValue(Node):
    """max_a Q^π(s, a), or max_a Q^π_t(s, a)."""

    fields = ("policy", "discount", "state", "time")
    optional = 1

    def _latex(self, printer: Any) -> str:
        mark = f"^{{\\pi_{{{printer._print(self.policy)}}}}}{_subscript(printer, self.time)}"
        return rf"\max_{{b}} Q{mark}({printer._print(self.state)}, b)"


class StateLaw(Node):
    """Pr(s_t = s) under π; with a first state, given that s_0 is that one."""

    fields = ("policy", "time", "state", "first")
    optional = 1

    def _latex(self, printer: Any) -> str:
        policy, time, state = (printer._print(part) for part in self.args[:3])
        given = _given_first(printer, self.first)
        return rf"\Pr\nolimits_{{\pi_{{{policy}}}}}(s_{{{time}}} = {state}{given})"


class Occupancy(Node):
    """d^π(s) = Σ_{t ≥ 0} γᵗ Pr(s_t = s), not normalised: its sum is 1 / (1 − γ).

    With a first state, given that s_0 is that one.
    """

    fields = ("policy", "discount", "state", "first")
    optional = 1

    def _latex(self, printer: Any) -> str:
        policy, discount, state = (printer._print(part) for part in self.args[:3])
        given = _given_first(printer, self.first)
        return rf"d^{{\pi_{{{policy}}}}}_{{{discount}}}({state}{given})"
