"""The properties of a trust-region step, of the product and of the solver that it is made with."""

from rlcheck.claims import conditions
from rlcheck.claims.property import Condition, Property


def _structural(
    name: str, sentence: str, refusal: Condition, derivation: str = "trust-region/step"
) -> Property:
    return Property(
        id=name, sentence=sentence, judge="structural", refusal=refusal, derivation=derivation
    )


_FISHER = "trust-region/fisher"

STEPS: tuple[Property, ...] = (
    _structural(
        "fisher-of-scores",
        "less damping v, F v is mean E_a[score score^T] v with every action enumerated",
        conditions.product,
        _FISHER,
    ),
    _structural(
        "fisher-of-divergence",
        "less damping v, F v is the Hessian of the mean KL(pi_old || pi), times v",
        conditions.product,
        _FISHER,
    ),
    _structural("product-symmetric", "u^T F v = v^T F u", conditions.product, _FISHER),
    _structural("product-positive", "v^T F v is never negative", conditions.product, _FISHER),
    _structural(
        "solver-error-falls",
        "every iteration brings the solution nearer, in the norm of the operator",
        conditions.capped_solver,
    ),
    _structural("step-ascends", "to first order the step improves the surrogate", conditions.step),
    _structural(
        "step-length",
        "step^T A step / 2 is max_kl times an even power of backtrack_coeff",
        conditions.step,
    ),
    _structural("kl-within-bound", "after a step mean KL(pi_old || pi) <= max_kl", conditions.step),
    _structural(
        "surrogate-improves", "after a step mean(ratio A) is larger than before", conditions.step
    ),
    _structural(
        "refused-step-restored",
        "where no part of a step improves, the parameters are what they were",
        conditions.step,
    ),
    _structural("credit-scaled", "advantages twice as large give the same step", conditions.step),
)
