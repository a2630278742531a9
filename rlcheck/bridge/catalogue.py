"""Every bridge, and every result that has none, with its reason."""

from rlcheck.bridge.chapters import (
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
from rlcheck.bridge.form import Bridge, NoBridge

CHAPTERS: tuple[tuple[str, tuple[Bridge, ...]], ...] = (
    ("values", values.BRIDGES),
    ("policy_gradient", policy_gradient.BRIDGES),
    ("policy_gradient_forever", policy_gradient_forever.BRIDGES),
    ("baselines", baselines.BRIDGES),
    ("advantages", advantages.BRIDGES),
    ("actor_critic", actor_critic.BRIDGES),
    ("stale_data", stale_data.BRIDGES),
    ("importance_sampling", importance_sampling.BRIDGES),
    ("gaussian_weights", gaussian_weights.BRIDGES),
    ("surrogates", surrogates.BRIDGES),
    ("trust_region", trust_region.BRIDGES),
    ("policy_improvement", policy_improvement.BRIDGES),
    ("aliasing", aliasing.BRIDGES),
    ("state_distance", state_distance.BRIDGES),
    ("improvement_bounds", improvement_bounds.BRIDGES),
    ("fisher", fisher.BRIDGES),
    ("ppo", ppo.BRIDGES),
    ("penalty", penalty.BRIDGES),
    ("adaptive_penalty", adaptive_penalty.BRIDGES),
    ("combined_objective", combined_objective.BRIDGES),
)

BRIDGES: tuple[Bridge, ...] = tuple(bridge for _, bridges in CHAPTERS for bridge in bridges)

WITHOUT: tuple[NoBridge, ...] = (
    NoBridge(
        result="penalty-in-parameter-space",
        reason="its advantage is a cubic of a Gaussian action; exact.linear_gaussian has quadratic "
        "rewards, and no other function takes a mean over a Gaussian",
    ),
    *(
        NoBridge(
            result=f"misprinted-penalty-alternates-from-{side}",
            reason="it is about a misprinted rule, with one threshold for both; steps.adaptive_kl "
            "has the rule with two, and no function has the misprint",
        )
        for side in ("above", "below")
    ),
)
"""Results without a number that the code computes, each with what there is instead."""
