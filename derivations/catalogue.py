"""Every result, in the order in which they build on each other."""

from collections.abc import Iterator

from derivations import (
    actor_critic,
    adaptive_penalty,
    advantages,
    aliasing,
    baselines,
    combined_objective,
    damping,
    fisher,
    gaussian_weights,
    importance_sampling,
    improvement_bounds,
    monte_carlo,
    penalty,
    policy_gradient,
    policy_gradient_forever,
    policy_improvement,
    ppo,
    stale_data,
    state_distance,
    surrogates,
    trajectories,
    trust_region,
    values,
)
from derivations.language.statement import Derivation, Induction

_MODULES = (
    values,
    trajectories,
    policy_gradient,
    monte_carlo,
    policy_gradient_forever,
    baselines,
    advantages,
    actor_critic,
    stale_data,
    importance_sampling,
    gaussian_weights,
    surrogates,
    trust_region,
    damping,
    policy_improvement,
    aliasing,
    state_distance,
    improvement_bounds,
    fisher,
    ppo,
    penalty,
    adaptive_penalty,
    combined_objective,
)

CHAPTERS: tuple[tuple[str, tuple[Derivation | Induction, ...]], ...] = tuple(
    (module.__name__.rpartition(".")[2], module.RESULTS) for module in _MODULES
)
"""Name of a chapter, that of its file -> its results."""

RESULTS: tuple[Derivation | Induction, ...] = tuple(
    result for _, results in CHAPTERS for result in results
)


def derivations() -> Iterator[Derivation]:
    """Every chain of lines, those of inductions among them."""
    for result in RESULTS:
        if isinstance(result, Induction):
            yield result.base
            yield result.step
        else:
            yield result
