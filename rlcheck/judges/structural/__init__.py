"""Properties that hold by structure: no formula to compare with, only two calls and a relation."""

from collections.abc import Callable

from rlcheck.claims import Claim
from rlcheck.judges.callers import Caller
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.structural.bandit import bandit_closed_form
from rlcheck.judges.structural.batches import (
    duplication,
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
from rlcheck.judges.structural.devices import devices_agree
from rlcheck.judges.structural.directions import (
    entropy_rises,
    error_falls,
    float32_agrees,
    values_untouched,
)
from rlcheck.judges.structural.discounts import gamma_zero, lambda_one, lambda_zero
from rlcheck.judges.structural.ends import (
    boundaries_do_not_leak,
    termination_does_not_bootstrap,
    truncation_bootstraps,
)
from rlcheck.judges.structural.episodes import absorbing_state_appended, episodes_joined
from rlcheck.judges.structural.memory import (
    beginnings_forget,
    credit_reaches_back,
    state_is_carried,
)
from rlcheck.judges.structural.rewards import rewards_scaled, rewards_shifted
from rlcheck.judges.structural.states import state_duplicated, states_relabelled
from rlcheck.judges.structural.targets import target_held_fixed
from rlcheck.judges.structural.trial import ExpectedTrial, Measured, NotTried, Trial
from rlcheck.judges.structural.trust_region import (
    credit_scaled,
    fisher_of_divergence,
    fisher_of_scores,
    kl_within_bound,
    product_positive,
    product_symmetric,
    refused_step_restored,
    solver_error_falls,
    step_ascends,
    step_length,
    surrogate_improves,
)

__all__ = [
    "BANDIT",
    "EXPERIMENTS",
    "NotTried",
    "Trial",
    "in_expectation",
    "make_trial",
    "nan_in_masked_slots",
]

EXPERIMENTS: dict[str, Callable[[Trial], Measured]] = {
    "repeatable": repeatable,
    "inputs-untouched": inputs_untouched,
    "order-of-rollouts": order_of_rollouts,
    "splitting": splitting,
    "duplication": duplication,
    "masked-slots-ignored": masked_slots_ignored,
    "credit-stays-in-its-state": credit_stays_in_its_state,
    "credit-raises-probability": credit_raises_probability,
    "ratio-one": ratio_one,
    "lower-bound": lower_bound,
    "boundaries-do-not-leak": boundaries_do_not_leak,
    "truncation-bootstraps": truncation_bootstraps,
    "termination-does-not-bootstrap": termination_does_not_bootstrap,
    "target-held-fixed": target_held_fixed,
    "values-untouched": values_untouched,
    "entropy-rises": entropy_rises,
    "error-falls": error_falls,
    "beginnings-forget": beginnings_forget,
    "state-is-carried": state_is_carried,
    "credit-reaches-back": credit_reaches_back,
    "rewards-scaled": rewards_scaled,
    "rewards-shifted": rewards_shifted,
    "states-relabelled": states_relabelled,
    "state-duplicated": state_duplicated,
    "absorbing-state-appended": absorbing_state_appended,
    "episodes-joined": episodes_joined,
    "gamma-zero": gamma_zero,
    "lambda-zero": lambda_zero,
    "lambda-one": lambda_one,
    "bandit-closed-form": bandit_closed_form,
    "fisher-of-scores": fisher_of_scores,
    "fisher-of-divergence": fisher_of_divergence,
    "product-symmetric": product_symmetric,
    "product-positive": product_positive,
    "solver-error-falls": solver_error_falls,
    "step-ascends": step_ascends,
    "step-length": step_length,
    "kl-within-bound": kl_within_bound,
    "surrogate-improves": surrogate_improves,
    "refused-step-restored": refused_step_restored,
    "credit-scaled": credit_scaled,
    "float32-agrees": float32_agrees,
    "devices-agree": devices_agree,
}

BANDIT = "bandit-closed-form"
_OF_EXPECTATIONS = frozenset(
    {"rewards-scaled", "rewards-shifted", "states-relabelled", "state-duplicated"}
    | {"absorbing-state-appended", "gamma-zero"}
)


def in_expectation(claim: Claim, property_id: str) -> bool:
    """Whether a property is a relation between expectations: elsewhere it is one on a batch."""
    return property_id == BANDIT or (claim.decides == "exact" and property_id in _OF_EXPECTATIONS)


def make_trial(
    property_id: str, claim: Claim, asks: frozenset[str], caller: Caller, case: AnyCase
) -> Trial:
    """What an experiment works with, on the rollouts on which the property is promised."""
    kind = ExpectedTrial if in_expectation(claim, property_id) else Trial
    return kind(claim, asks, caller, case)
