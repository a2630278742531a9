"""Every bridge, and every result that has none, with its reason."""

from rlcheck.bridge.chapters import (
    advantages,
    baselines,
    gaussian_weights,
    importance_sampling,
    policy_gradient,
    policy_gradient_forever,
    ppo,
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
    ("importance_sampling", importance_sampling.BRIDGES),
    ("gaussian_weights", gaussian_weights.BRIDGES),
    ("surrogates", surrogates.BRIDGES),
    ("trust_region", trust_region.BRIDGES),
    ("ppo", ppo.BRIDGES),
)

BRIDGES: tuple[Bridge, ...] = tuple(bridge for _, bridges in CHAPTERS for bridge in bridges)

WITHOUT: tuple[NoBridge, ...] = ()
"""Results that have no number which the code computes; none so far."""
