"""P(τ; θ) written out."""

from typing import Any

from sympy import Expr

from derivations.language import binders, terms


def unfolded_probability(expr: Any) -> Expr:
    """μ(s_0) ∏ₜ π(aₜ | sₜ) ∏ₜ P(sₜ₊₁ | sₜ, aₜ)."""
    t, last = terms.t, expr.length - 1
    step = terms.Dynamics(terms.StateAt(t + 1), terms.StateAt(t), terms.ActionAt(t))
    return (
        terms.Initial(terms.StateAt(0))
        * binders.TimeProduct(t, 0, last, terms.pi_at(expr.policy, t))
        * binders.TimeProduct(t, 0, last, step)
    )
