"""A normal form of the language, for steps that hold whatever the sizes.

Sums are linear, constant factors stand in front of them, bound variables are renamed, expectations
are weighted sums, ∇ goes inside by the rules of calculus, the logarithm of a product is a sum.
What is left inside is not interpreted: two sides with the same normal form are equal in every
world. Times are not compared and ranges not assumed to be non-empty: that takes a rule.
"""

from functools import lru_cache
from typing import Any

from sympy import Add, Dummy, Expr, Integer, Mul, Pow, S, Symbol, cancel, expand

from derivations.language import binders, functionals, operators, terms
from derivations.language.node import Node
from derivations.language.positivity import known_positive
from derivations.language.refusal import Refused

SUMS = (
    binders.TimeSum,
    binders.StateSum,
    binders.ActionSum,
    binders.OutcomeSum,
    binders.TrajectorySum,
)


def same_normal_form(first: Expr, second: Expr) -> bool:
    """Whether the two are equal as rational functions of what is not interpreted."""
    difference = normal(first) - normal(second)
    if difference == 0:
        return True
    names: dict[Expr, Expr] = {}
    atoms = _outermost_atoms(difference)
    return cancel(difference.xreplace({atom: _named(atom, names) for atom in atoms})) == 0


def _named(atom: Expr, names: dict[Expr, Expr]) -> Expr:
    """A symbol for what is not interpreted; q⁻ᵗ is one over the symbol for qᵗ."""
    if isinstance(atom, Pow) and atom.exp.could_extract_minus_sign():
        return 1 / _named(Pow(atom.base, -atom.exp), names)
    return names.setdefault(atom, Dummy())


def _outermost_atoms(expr: Any) -> set[Expr]:
    """Nodes and symbolic powers that no other one contains."""
    symbolic_power = isinstance(expr, Pow) and not isinstance(expr.exp, Integer)
    if isinstance(expr, Node) or symbolic_power:
        return {expr}
    return set().union(*(_outermost_atoms(part) for part in expr.args)) if expr.args else set()


@lru_cache(maxsize=65536)
def normal(expr: Expr) -> Expr:
    """The normal form."""
    if isinstance(expr, (Add, Mul, Pow)):
        return expand(expr.func(*(normal(part) for part in expr.args)))
    if not isinstance(expr, Node):
        return expr
    return _NORMAL.get(type(expr), _plain)(expr)


def _plain(expr: Any) -> Expr:
    return type(expr)(*(normal(part) for part in expr.args))


def _sum(expr: Any) -> Expr:
    binder = opened(expr)
    body = normal(binder.body)
    return Add(*(_sum_of_term(binder, term) for term in Add.make_args(body)))


def opened(binder: Any) -> Any:
    """The binder with a bound variable that occurs nowhere else, so that none is captured."""
    if not binder.binds:
        return binder
    variable = bound_variable(binder)
    return _renamed(binder, Dummy(variable.name, **variable.assumptions0))


def _sum_of_term(binder: Any, term: Expr) -> Expr:
    """Constant factors in front; a sum over times goes outside a sum over anything else."""
    if term == 0:
        return S.Zero
    inside = [f for f in Mul.make_args(term) if depends(f, binder)]
    outside = Mul(*(f for f in Mul.make_args(term) if not depends(f, binder)))
    for number, factor in enumerate(inside):
        if _goes_outside(factor, binder):
            rest = Mul(*inside[:number], *inside[number + 1 :])
            index, first, last, body = opened(factor).args
            inner = with_body(binder, expand(rest * body))
            return expand(outside * normal(binders.TimeSum(index, first, last, inner)))
    return outside * _canonical(with_body(binder, Mul(*inside)))


def _goes_outside(factor: Expr, binder: Any) -> bool:
    return (
        isinstance(factor, binders.TimeSum)
        and not isinstance(binder, binders.TimeSum)
        and not any(depends(bound, binder) for bound in factor.args[1:3])
    )


def depends(expr: Any, binder: Any) -> bool:
    """Whether the expression depends on what the sum runs over."""
    if isinstance(binder, binders.TRAJECTORY_BINDERS):
        return depends_on_trajectory(expr)
    return bound_variable(binder) in expr.free_symbols


def bound_variable(binder: Any) -> Symbol:
    """The variable of a sum that has one."""
    return getattr(binder, binder.binds[0])


def depends_on_trajectory(expr: Any) -> bool:
    """Whether s_t, a_t or P(τ) of the trajectory at hand occurs."""
    at_hand = (
        terms.StateAt,
        terms.ActionAt,
        functionals.TrajectoryProbability,
        functionals.Return,
        terms.TrajectoryTable,
        binders.OfSample,
    )
    if isinstance(expr, at_hand):
        return True
    parts = expr.args
    if isinstance(expr, binders.TRAJECTORY_BINDERS):
        parts = [p for name, p in zip(expr.fields, expr.args, strict=False) if name != "body"]
    return any(depends_on_trajectory(part) for part in parts)


def with_body(binder: Any, body: Expr) -> Any:
    """The same sum over another body."""
    names = type(binder).fields
    parts = [body if name == "body" else p for name, p in zip(names, binder.args, strict=False)]
    return type(binder)(*parts)


def _canonical(binder: Any) -> Expr:
    """Renames the bound variable by the height of the expression below it."""
    if not binder.binds:
        return binder
    return _renamed(binder, _fresh(binder.body))


def _fresh(body: Expr) -> Symbol:
    return Symbol(f"i_{_height(body) + 1}", integer=True)


def _height(expr: Any) -> int:
    below = max((_height(part) for part in expr.args), default=0)
    return below + isinstance(expr, Node) * bool(getattr(expr, "binds", ()))


def _renamed(binder: Any, name: Symbol) -> Any:
    variable = bound_variable(binder)
    if name in binder.free_symbols:
        raise Refused(f"{name} stands for two things in {binder}")
    names = zip(type(binder).fields, binder.args, strict=False)
    inside = {*binder.binds, *binder.scope}
    return type(binder)(
        *(part.xreplace({variable: name}) if field in inside else part for field, part in names)
    )


def _time_product(expr: binders.TimeProduct) -> Expr:
    """A product of products, each over one factor that depends on the time."""
    binder = opened(expr)
    powers = (factor.as_base_exp() for factor in Mul.make_args(normal(binder.body)))
    return Mul(
        *(
            _canonical(with_body(binder, base)) ** exponent
            if isinstance(exponent, Integer)
            else _canonical(with_body(binder, base**exponent))
            for base, exponent in powers
        )
    )


def _expectation(expr: binders.Expectation) -> Expr:
    probability = functionals.TrajectoryProbability(expr.policy, terms.T)
    return normal(binders.TrajectorySum(terms.T, probability * expr.body))


def _action_expectation(expr: binders.ActionExpectation) -> Expr:
    law = terms.Pi(expr.policy, expr.variable, expr.state)
    return normal(binders.ActionSum(expr.variable, law * expr.body))


def _outcome_expectation(expr: binders.OutcomeExpectation) -> Expr:
    return normal(binders.OutcomeSum(expr.variable, terms.Law(expr.law, expr.variable) * expr.body))


def _log(expr: operators.Log) -> Expr:
    return expand(_log_of(normal(expr.body)))


def _log_of(body: Expr) -> Expr:
    if body == 1:
        return S.Zero
    if isinstance(body, Mul) and all(known_positive(part) for part in body.args):
        return Add(*(_log_of(part) for part in body.args))
    if isinstance(body, Pow) and known_positive(body.base):
        return body.exp * _log_of(body.base)
    if isinstance(body, binders.TimeProduct) and known_positive(body.body):
        index, first, last, factor = body.args
        return normal(binders.TimeSum(index, first, last, operators.Log(factor)))
    return operators.Log(body)


def _gradient(expr: operators.Gradient) -> Expr:
    return expand(_derivative(normal(expr.body)))


def _derivative(body: Any) -> Expr:
    if isinstance(body, operators.Frozen) or not _depends_on_theta(body):
        return S.Zero
    if isinstance(body, Add):
        return Add(*(_derivative(part) for part in body.args))
    if isinstance(body, Mul):
        return Add(*(_derivative(part) * body / part for part in body.args))
    if isinstance(body, Pow) and not _depends_on_theta(body.exp):
        return body.exp * body.base ** (body.exp - 1) * _derivative(body.base)
    if isinstance(body, SUMS):
        return normal(with_body(body, operators.Gradient(body.body)))
    if isinstance(body, operators.Log):
        return normal(operators.Gradient(body.body)) / body.body
    if isinstance(body, binders.TimeProduct) and known_positive(body.body):
        index, first, last, factor = body.args
        relative = operators.Gradient(factor) / factor
        return body * normal(binders.TimeSum(index, first, last, relative))
    return operators.Gradient(body)


def _depends_on_theta(expr: Expr) -> bool:
    return terms.THETA in expr.free_symbols or expr.has(terms.Parametric)


_NORMAL: dict[type, Any] = {
    **dict.fromkeys(SUMS, _sum),
    binders.TimeProduct: _time_product,
    binders.Expectation: _expectation,
    binders.ActionExpectation: _action_expectation,
    binders.OutcomeExpectation: _outcome_expectation,
    operators.Log: _log,
    operators.Gradient: _gradient,
}
