"""Properties that hold by structure: no formula to compare with, only two calls and a relation."""

from collections.abc import Callable

from rlcheck.judges.structural.batches import (
    inputs_untouched,
    masked_slots_ignored,
    nan_in_masked_slots,
    order_of_rollouts,
    repeatable,
    splitting,
)
from rlcheck.judges.structural.credit import (
    credit_raises_probability,
    credit_stays_in_its_state,
    lower_bound,
    ratio_one,
)
from rlcheck.judges.structural.directions import (
    entropy_rises,
    error_falls,
    float32_agrees,
    values_untouched,
)
from rlcheck.judges.structural.ends import (
    boundaries_do_not_leak,
    termination_does_not_bootstrap,
    truncation_bootstraps,
)
from rlcheck.judges.structural.trial import Measured, Trial

__all__ = ["EXPERIMENTS", "Trial", "nan_in_masked_slots"]

EXPERIMENTS: dict[str, Callable[[Trial], Measured]] = {
    "repeatable": repeatable,
    "inputs-untouched": inputs_untouched,
    "order-of-rollouts": order_of_rollouts,
    "splitting": splitting,
    "masked-slots-ignored": masked_slots_ignored,
    "credit-stays-in-its-state": credit_stays_in_its_state,
    "credit-raises-probability": credit_raises_probability,
    "ratio-one": ratio_one,
    "lower-bound": lower_bound,
    "boundaries-do-not-leak": boundaries_do_not_leak,
    "truncation-bootstraps": truncation_bootstraps,
    "termination-does-not-bootstrap": termination_does_not_bootstrap,
    "values-untouched": values_untouched,
    "entropy-rises": entropy_rises,
    "error-falls": error_falls,
    "float32-agrees": float32_agrees,
}
