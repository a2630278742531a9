"""What a problem and a policy give: s_t, a_t, μ, P, r, π_θ, and arbitrary functions and laws."""

from typing import Any

from sympy import Symbol

from derivations.language.node import Node, bracketed

THETA = Symbol(r"\theta")
"""The parameter: ∇ differentiates with respect to it, and to nothing else."""
OLD = Symbol(r"\theta_{\mathrm{old}}")
"""The parameter of the policy that collected the data; a constant under ∇."""
GREEDY = Symbol(r"\mathrm{greedy}")
"""Takes in every state an action of largest Q^{π_old}(s, ·); which one, where several are."""
GREEDY_IN_TIME = Symbol(r"\mathrm{greedy}, t")
"""Takes at every time t an action of largest Q_t^{π_old}(s, ·)."""
GREEDY_POLICIES = frozenset({GREEDY, GREEDY_IN_TIME})

T = Symbol("T", integer=True, nonnegative=True)
"""The number of steps of a trajectory."""
gamma = Symbol("gamma", positive=True)
lam = Symbol("lambda", positive=True)
rho, eps = Symbol("rho", positive=True), Symbol("epsilon", positive=True)
t, k, j, n, m = (Symbol(name, integer=True) for name in ("t", "k", "j", "n", "m"))
s, s_next, a, a_other, x, y = (Symbol(name) for name in ("s", "s'", "a", "a'", "x", "y"))


class StateAt(Node):
    """s_t of the trajectory at hand."""

    fields = ("time",)

    def _latex(self, printer: Any) -> str:
        return f"s_{{{printer._print(self.time)}}}"


class ActionAt(Node):
    """a_t of the trajectory at hand."""

    fields = ("time",)

    def _latex(self, printer: Any) -> str:
        return f"a_{{{printer._print(self.time)}}}"


class Initial(Node):
    """μ(s), the law of the first state."""

    fields = ("state",)

    def _latex(self, printer: Any) -> str:
        return rf"\mu({printer._print(self.state)})"


class Dynamics(Node):
    """P(s' | s, a)."""

    fields = ("next_state", "state", "action")

    def _latex(self, printer: Any) -> str:
        given = bracketed(printer, (self.state, self.action))
        return rf"P({printer._print(self.next_state)} \mid {given})"


class Reward(Node):
    """r(s, a); written r_t where s and a are those of time t."""

    fields = ("state", "action")

    def _latex(self, printer: Any) -> str:
        state, action = self.args
        if (
            isinstance(state, StateAt)
            and isinstance(action, ActionAt)
            and state.args == action.args
        ):
            return f"r_{{{printer._print(state.args[0])}}}"
        return f"r({bracketed(printer, self.args)})"


class Pi(Node):
    """π_θ(a | s)."""

    fields = ("policy", "action", "state")

    def _latex(self, printer: Any) -> str:
        action, state = printer._print(self.action), printer._print(self.state)
        return rf"\pi_{{{printer._print(self.policy)}}}({action} \mid {state})"


class Table(Node):
    """An arbitrary function of states, actions, outcomes or times, that does not depend on θ."""

    fields = ("name", "first", "second", "third")
    optional = 3

    def _latex(self, printer: Any) -> str:
        name = printer._print(self.args[0])
        if len(self.args) == 1:
            return name
        if all(part.is_integer for part in self.args[1:]):
            return f"{name}_{{{bracketed(printer, self.args[1:])}}}"
        return f"{name}({bracketed(printer, self.args[1:])})"


class TrajectoryTable(Node):
    """An arbitrary function of the whole trajectory: a black box."""

    fields = ("name",)

    def _latex(self, printer: Any) -> str:
        return rf"{printer._print(self.args[0])}(\tau)"


class Parametric(Node):
    """An arbitrary differentiable function of θ, and of what else is named."""

    fields = ("name", "first")
    optional = 1

    def _latex(self, printer: Any) -> str:
        inner = ", ".join([*(printer._print(part) for part in self.args[1:]), r"\theta"])
        return f"{printer._print(self.name)}({inner})"


class Law(Node):
    """p(x), a probability law on finitely many outcomes."""

    fields = ("name", "outcome")

    def _latex(self, printer: Any) -> str:
        return f"{printer._print(self.name)}({printer._print(self.outcome)})"


def reward_at(time: Any) -> Reward:
    """r_t = r(s_t, a_t)."""
    return Reward(StateAt(time), ActionAt(time))


def pi_at(policy: Any, time: Any) -> Pi:
    """π(a_t | s_t)."""
    return Pi(policy, ActionAt(time), StateAt(time))
