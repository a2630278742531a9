"""The parts of an update that are not a loss. Pure functions."""

from rlcheck.steps.adaptive_kl import adaptive_kl
from rlcheck.steps.conjugate_gradients import Solution, conjugate_gradients
from rlcheck.steps.fisher_vector_product import fisher_vector_product
from rlcheck.steps.gauss_newton_product import gauss_newton_product
from rlcheck.steps.line_search import LineSearch, line_search
from rlcheck.steps.trust_region import TrustRegionStep, trust_region_step

__all__ = [
    "LineSearch",
    "Solution",
    "TrustRegionStep",
    "adaptive_kl",
    "conjugate_gradients",
    "fisher_vector_product",
    "gauss_newton_product",
    "line_search",
    "trust_region_step",
]
