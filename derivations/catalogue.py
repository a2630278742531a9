"""Every result, in the order in which they build on each other."""

from collections.abc import Iterator

from derivations import (
    actor_critic,
    adaptive_penalty,
    advantages,
    aliasing,
    baselines,
    combined_objective,
    fisher,
    gaussian_weights,
    importance_sampling,
    improvement_bounds,
    penalty,
    policy_gradient,
    policy_gradient_forever,
    policy_improvement,
    ppo,
    stale_data,
    state_distance,
    surrogates,
    trust_region,
    values,
)
from derivations.language.statement import Derivation, Induction

CHAPTERS = (
    ("values", values.RESULTS),
    ("policy_gradient", policy_gradient.RESULTS),
    ("policy_gradient_forever", policy_gradient_forever.RESULTS),
    ("baselines", baselines.RESULTS),
    ("advantages", advantages.RESULTS),
    ("actor_critic", actor_critic.RESULTS),
    ("stale_data", stale_data.RESULTS),
    ("importance_sampling", importance_sampling.RESULTS),
    ("gaussian_weights", gaussian_weights.RESULTS),
    ("surrogates", surrogates.RESULTS),
    ("trust_region", trust_region.RESULTS),
    ("policy_improvement", policy_improvement.RESULTS),
    ("aliasing", aliasing.RESULTS),
    ("state_distance", state_distance.RESULTS),
    ("improvement_bounds", improvement_bounds.RESULTS),
    ("fisher", fisher.RESULTS),
    ("ppo", ppo.RESULTS),
    ("penalty", penalty.RESULTS),
    ("adaptive_penalty", adaptive_penalty.RESULTS),
    ("combined_objective", combined_objective.RESULTS),
)

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
