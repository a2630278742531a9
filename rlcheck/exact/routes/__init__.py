"""Second and third routes to everything that `rlcheck.exact` computes.

They share no code with the first ones but the policy's table: what the two agree on was not got
right, or wrong, by the same lines.
"""

from rlcheck.exact.routes.differences import (
    Differences,
    gradient_by_differences,
    hessian_by_differences,
)
from rlcheck.exact.routes.enumerated import (
    gradient_by_enumeration,
    objective_by_enumeration,
    occupancy_by_enumeration,
    slot_law_by_enumeration,
)
from rlcheck.exact.routes.fisher import fisher_by_divergence
from rlcheck.exact.routes.series import (
    action_values_by_series,
    objective_by_series,
    occupancy_by_series,
    state_law_by_series,
    values_by_series,
)
from rlcheck.exact.routes.theorem import gradient_by_theorem

__all__ = [
    "Differences",
    "action_values_by_series",
    "fisher_by_divergence",
    "gradient_by_differences",
    "gradient_by_enumeration",
    "gradient_by_theorem",
    "hessian_by_differences",
    "objective_by_enumeration",
    "objective_by_series",
    "occupancy_by_enumeration",
    "occupancy_by_series",
    "slot_law_by_enumeration",
    "state_law_by_series",
    "values_by_series",
]
