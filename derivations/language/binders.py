"""Sums, products and expectations: what binds a time, a state, an action or a trajectory."""

from typing import Any

from derivations.language.node import Node, wrapped


class TimeSum(Node):
    r"""\sum_{t = first}^{last} body; an empty range gives zero."""

    fields = ("index", "first", "last", "body")
    binds = ("index",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        index, first, last = (printer._print(part) for part in self.args[:3])
        return rf"\sum_{{{index}={first}}}^{{{last}}} {wrapped(printer, self.body)}"


class TimeProduct(Node):
    r"""\prod_{t = first}^{last} body; an empty range gives one."""

    fields = ("index", "first", "last", "body")
    binds = ("index",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        index, first, last = (printer._print(part) for part in self.args[:3])
        return rf"\prod_{{{index}={first}}}^{{{last}}} {wrapped(printer, self.body)}"


class VariableSum(Node):
    """A sum over all values of one variable; its subclass says what the variable ranges over."""

    fields = ("variable", "body")
    binds = ("variable",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\sum_{{{printer._print(self.variable)}}} {wrapped(printer, self.body)}"


class StateSum(VariableSum):
    """Σ_s body."""


class ActionSum(VariableSum):
    """Σ_a body."""


class OutcomeSum(VariableSum):
    """Σ_x body, over the outcomes of a finite law."""


class ActionExpectation(Node):
    """E_{a ∼ π(· | s)}[body]."""

    fields = ("policy", "variable", "state", "body")
    binds = ("variable",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        policy, variable, state, body = (printer._print(part) for part in self.args)
        law = rf"{variable} \sim \pi_{{{policy}}}(\cdot \mid {state})"
        return rf"\mathbb{{E}}_{{{law}}}\left[{body}\right]"


class OutcomeExpectation(Node):
    """E_{x ∼ p}[body]."""

    fields = ("law", "variable", "body")
    binds = ("variable",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        law, variable, body = (printer._print(part) for part in self.args)
        return rf"\mathbb{{E}}_{{{variable} \sim {law}}}\left[{body}\right]"


class TrajectorySum(Node):
    """Σ_τ body, over all trajectories of `length` steps."""

    fields = ("length", "body")

    def _latex(self, printer: Any) -> str:
        return rf"\sum_{{\tau_{{{printer._print(self.length)}}}}} {wrapped(printer, self.body)}"


class Expectation(Node):
    """E_{τ ∼ π}[body], over trajectories of T steps."""

    fields = ("policy", "body")

    def _latex(self, printer: Any) -> str:
        policy, body = (printer._print(part) for part in self.args)
        return rf"\mathbb{{E}}_{{\tau \sim \pi_{{{policy}}}}}\left[{body}\right]"


class ConditionalExpectation(Node):
    """E_{τ ∼ π}[body | s_t = s] or, with an action, E_{τ ∼ π}[body | s_t = s, a_t = a]."""

    fields = ("policy", "body", "time", "state", "action")
    optional = 1

    def _latex(self, printer: Any) -> str:
        policy, body, time = (printer._print(part) for part in self.args[:3])
        names = zip("sa", self.args[3:], strict=False)
        given = ", ".join(f"{name}_{{{time}}} = {printer._print(part)}" for name, part in names)
        law = rf"\tau \sim \pi_{{{policy}}}"
        return rf"\mathbb{{E}}_{{{law}}}\left[{body} \,\middle|\, {given}\right]"


class SampleExpectation(Node):
    """E[body] over `samples` independent trajectories τ¹, τ², ... of the policy."""

    fields = ("policy", "samples", "body")

    def _latex(self, printer: Any) -> str:
        policy, count, body = (printer._print(part) for part in self.args)
        law = rf"\tau^1, \dots, \tau^{{{count}}} \sim \pi_{{{policy}}}"
        return rf"\mathbb{{E}}_{{{law}}}\left[{body}\right]"


class OfSample(Node):
    """The body for trajectory number `index` of independent ones."""

    fields = ("index", "body")

    def _latex(self, printer: Any) -> str:
        index, body = (printer._print(part) for part in self.args)
        return rf"\left[{body}\right]^{{({index})}}"


TRAJECTORY_BINDERS = (
    TrajectorySum,
    Expectation,
    ConditionalExpectation,
    SampleExpectation,
)
"""Where these stand, s_t and a_t inside `body` are those of their own trajectory."""
