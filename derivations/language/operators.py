"""∇_θ, logarithm, square root, minimum, maximum, clip, norm, variance, and θ held fixed."""

from typing import Any

from sympy import Symbol

from derivations.language.node import Node, grouped, wrapped


class Gradient(Node):
    """∇_θ body."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\nabla_\theta {grouped(printer, self.body)}"


class Curvature(Node):
    """∇²_θ body along a direction u of θ: uᵀ ∇² body u. ∇ beside it is along the same direction."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\nabla^2_\theta {grouped(printer, self.body)}"


class Log(Node):
    """log body, where body is known to be positive."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        text = printer._print(self.body)
        plain = not (self.body.is_Add or self.body.is_Mul or self.body.is_Pow)
        return rf"\log {text}" if plain else rf"\log\left({text}\right)"


class Exponential(Node):
    """exp(body)."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\exp\left({printer._print(self.body)}\right)"


class Root(Node):
    """The square root of body, where body is known to be non-negative."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\sqrt{{{printer._print(self.body)}}}"


class Absolute(Node):
    """|body|."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\left\lvert {printer._print(self.body)} \right\rvert"


class Largest(Node):
    """The largest of the values of `body`; its subclass says over what."""

    @property
    def variables(self) -> tuple[Any, ...]:
        """What it is taken over."""
        return tuple(getattr(self, name) for name in self.binds)

    def canonical(self) -> tuple[Any, ...]:
        """The arguments with the bound variables renamed: the same for the same number."""
        names = {variable: Symbol(f"largest_{i}") for i, variable in enumerate(self.variables)}
        return tuple(part.xreplace(names) for part in self.args)

    def _latex(self, printer: Any) -> str:
        over = ", ".join(printer._print(variable) for variable in self.variables)
        return rf"\max_{{{over}}} {wrapped(printer, self.body)}"


class StateMaximum(Largest):
    """max_s body."""

    fields = ("state", "body")
    binds = ("state",)
    scope = ("body",)


class PairMaximum(Largest):
    """max_{s, a} body."""

    fields = ("state", "action", "body")
    binds = ("state", "action")
    scope = ("body",)


class Minimum(Node):
    """min(first, second)."""

    fields = ("first", "second")

    def _latex(self, printer: Any) -> str:
        first, second = (printer._print(part) for part in self.args)
        return rf"\min\left({first}, {second}\right)"


class Maximum(Node):
    """max(first, second)."""

    fields = ("first", "second")

    def _latex(self, printer: Any) -> str:
        first, second = (printer._print(part) for part in self.args)
        return rf"\max\left({first}, {second}\right)"


class Clip(Node):
    """clip(body, low, high) = min(max(body, low), high)."""

    fields = ("body", "low", "high")

    def _latex(self, printer: Any) -> str:
        body, low, high = (printer._print(part) for part in self.args)
        return rf"\operatorname{{clip}}\left({body}, {low}, {high}\right)"


class IfBelow(Node):
    """`below` where first < second, and `otherwise` elsewhere."""

    fields = ("first", "second", "below", "otherwise")

    def _latex(self, printer: Any) -> str:
        first, second, below, otherwise = (printer._print(part) for part in self.args)
        condition = rf"{first} < {second}"
        return (
            rf"\begin{{cases}} {below} & \text{{if }} {condition} \\ "
            rf"{otherwise} & \text{{otherwise}} \end{{cases}}"
        )


class SquaredNorm(Node):
    """‖body‖² = Σ_i (body_i)², over the coordinates of θ."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\left\lVert {printer._print(self.body)} \right\rVert^2"


class Variance(Node):
    """Var_{τ ∼ π}[X] = E‖X‖² − ‖E X‖², the trace of the covariance for a vector X."""

    fields = ("policy", "body")

    def _latex(self, printer: Any) -> str:
        policy, body = (printer._print(part) for part in self.args)
        return rf"\operatorname{{Var}}_{{\tau \sim \pi_{{{policy}}}}}\left[{body}\right]"


class OutcomeVariance(Node):
    """Var_{x ∼ p}[body]."""

    fields = ("law", "variable", "body")
    binds = ("variable",)
    scope = ("body",)

    def _latex(self, printer: Any) -> str:
        law, variable, body = (printer._print(part) for part in self.args)
        return rf"\operatorname{{Var}}_{{{variable} \sim {law}}}\left[{body}\right]"


class Frozen(Node):
    """The body, through which ∇_θ does not go: θ in it is a constant."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        return rf"\operatorname{{sg}}\!\left[{printer._print(self.body)}\right]"


class AtOld(Node):
    """The body (its gradient, too) at θ = θ_old."""

    fields = ("body",)

    def _latex(self, printer: Any) -> str:
        old = r"\theta=\theta_{\mathrm{old}}"
        return rf"\left.{printer._print(self.body)}\right|_{{{old}}}"
