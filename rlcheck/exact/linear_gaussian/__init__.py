"""The truth in a `LinearGaussianMDP`, each quantity by routes that share no code.

Grades: closed forms (moments, backward recursion) and Gauss-Hermite nodes of a polynomial are
`exact`, to rounding. A network mean, or a ratio on Gauss-Hermite nodes, is `numerical`: the nodes
are doubled and the error returned. Clip, min and max need their kinks cut: `clip_surrogate_target`,
`split_rollouts`.
"""

from rlcheck.exact.linear_gaussian.affine import AffinePolicy, affine_policy
from rlcheck.exact.linear_gaussian.clip import clip_surrogate_target
from rlcheck.exact.linear_gaussian.divergences import (
    entropy,
    fisher_matrix,
    kl_divergence,
    mean_entropy,
    mean_kl_divergence,
)
from rlcheck.exact.linear_gaussian.estimate import Grade, GradientEstimate
from rlcheck.exact.linear_gaussian.gradient import (
    critic_advantages,
    objective_gradient,
    surrogate,
    surrogate_gradient,
    surrogate_target,
)
from rlcheck.exact.linear_gaussian.moments import StateLaw, objective, state_law
from rlcheck.exact.linear_gaussian.open_loop import (
    OpenLoop,
    open_loop,
    open_loop_clipped,
    open_loop_surrogate,
)
from rlcheck.exact.linear_gaussian.quadratic import Quadratic
from rlcheck.exact.linear_gaussian.quadrature import (
    gradient_by_quadrature,
    objective_by_quadrature,
    quadrature_rollouts,
)
from rlcheck.exact.linear_gaussian.split import split_rollouts
from rlcheck.exact.linear_gaussian.values import (
    ExactCritic,
    action_values,
    advantages,
    backward_objective,
    state_values,
)

__all__ = [
    "AffinePolicy",
    "ExactCritic",
    "Grade",
    "GradientEstimate",
    "OpenLoop",
    "Quadratic",
    "StateLaw",
    "action_values",
    "advantages",
    "affine_policy",
    "backward_objective",
    "clip_surrogate_target",
    "critic_advantages",
    "entropy",
    "fisher_matrix",
    "gradient_by_quadrature",
    "kl_divergence",
    "mean_entropy",
    "mean_kl_divergence",
    "objective",
    "objective_by_quadrature",
    "objective_gradient",
    "open_loop",
    "open_loop_clipped",
    "open_loop_surrogate",
    "quadrature_rollouts",
    "split_rollouts",
    "state_law",
    "state_values",
    "surrogate",
    "surrogate_gradient",
    "surrogate_target",
]
