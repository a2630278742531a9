"""Every stage of every method: its right form, its conventions, its faults."""

from rlcheck.variants.adaptive import ADAPTATION
from rlcheck.variants.advantages import ADVANTAGES
from rlcheck.variants.baseline import NO_BASELINE, VALUE_BASELINE
from rlcheck.variants.bootstrap import BOOTSTRAP
from rlcheck.variants.discounting import DISCOUNTING
from rlcheck.variants.divergence import KL_PENALTY
from rlcheck.variants.entropy import ENTROPY
from rlcheck.variants.greedy_value import GREEDY_DOUBLE, GREEDY_ONLINE, GREEDY_TARGET
from rlcheck.variants.line_search import LENGTH, LINE_SEARCH
from rlcheck.variants.memory import MEMORY
from rlcheck.variants.normalisation import NORMALISATION
from rlcheck.variants.one_step_target import ONE_STEP_TARGET, SUCCESSOR
from rlcheck.variants.q_error import HALF_SQUARED_ERROR, PREDICTION, SQUARED_ERROR
from rlcheck.variants.ratio import RATIO
from rlcheck.variants.reduction import MEAN_OVER_ROLLOUTS, MEAN_OVER_STEPS
from rlcheck.variants.returns import RETURNS
from rlcheck.variants.surrogate import CLIPPED_SURROGATE, PLAIN_SURROGATE, SCORE_SURROGATE
from rlcheck.variants.td_error import TD_ERROR
from rlcheck.variants.trust_region import (
    CURVATURE,
    SOLVER,
    STEP_CREDIT,
    STEP_DAMPING,
    STEP_GRADIENT,
)
from rlcheck.variants.value import VALUE
from rlcheck.variants.variant import Stage, Variant
from rlcheck.variants.weighting import WEIGHTING
from rlcheck.variants.workspace import Workspace

STAGES: tuple[Stage, ...] = (
    MEMORY,
    RETURNS,
    DISCOUNTING,
    NO_BASELINE,
    VALUE_BASELINE,
    TD_ERROR,
    ADVANTAGES,
    WEIGHTING,
    NORMALISATION,
    RATIO,
    CLIPPED_SURROGATE,
    PLAIN_SURROGATE,
    SCORE_SURROGATE,
    MEAN_OVER_STEPS,
    MEAN_OVER_ROLLOUTS,
    VALUE,
    ENTROPY,
    KL_PENALTY,
    BOOTSTRAP,
    SUCCESSOR,
    ONE_STEP_TARGET,
    GREEDY_ONLINE,
    GREEDY_TARGET,
    GREEDY_DOUBLE,
    PREDICTION,
    HALF_SQUARED_ERROR,
    SQUARED_ERROR,
    ADAPTATION,
    STEP_CREDIT,
    STEP_GRADIENT,
    CURVATURE,
    STEP_DAMPING,
    SOLVER,
    LENGTH,
    LINE_SEARCH,
)
"""Every stage, in the order in which a method goes through them."""

__all__ = [
    "ADAPTATION",
    "ADVANTAGES",
    "BOOTSTRAP",
    "CLIPPED_SURROGATE",
    "CURVATURE",
    "DISCOUNTING",
    "ENTROPY",
    "GREEDY_DOUBLE",
    "GREEDY_ONLINE",
    "GREEDY_TARGET",
    "HALF_SQUARED_ERROR",
    "KL_PENALTY",
    "LENGTH",
    "LINE_SEARCH",
    "MEAN_OVER_ROLLOUTS",
    "MEAN_OVER_STEPS",
    "MEMORY",
    "NORMALISATION",
    "NO_BASELINE",
    "ONE_STEP_TARGET",
    "PLAIN_SURROGATE",
    "PREDICTION",
    "RATIO",
    "RETURNS",
    "SCORE_SURROGATE",
    "SOLVER",
    "SQUARED_ERROR",
    "STAGES",
    "STEP_CREDIT",
    "STEP_DAMPING",
    "STEP_GRADIENT",
    "SUCCESSOR",
    "TD_ERROR",
    "VALUE",
    "VALUE_BASELINE",
    "WEIGHTING",
    "Stage",
    "Variant",
    "Workspace",
]
