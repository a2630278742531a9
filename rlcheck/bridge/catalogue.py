"""Every bridge, and every result that has none, with its reason."""

from rlcheck.bridge.chapters import (
    actor_critic,
    advantages,
    baselines,
    combined_objective,
    fisher,
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
    ("actor_critic", actor_critic.BRIDGES),
    ("importance_sampling", importance_sampling.BRIDGES),
    ("gaussian_weights", gaussian_weights.BRIDGES),
    ("surrogates", surrogates.BRIDGES),
    ("trust_region", trust_region.BRIDGES),
    ("policy_improvement", ()),
    ("aliasing", ()),
    ("state_distance", ()),
    ("fisher", fisher.BRIDGES),
    ("ppo", ppo.BRIDGES),
    ("penalty", ()),
    ("adaptive_penalty", ()),
    ("combined_objective", combined_objective.BRIDGES),
)

BRIDGES: tuple[Bridge, ...] = tuple(bridge for _, bridges in CHAPTERS for bridge in bridges)

POLICY_IMPROVEMENT = "not yet held against the code: exact.state_values of two policies; the greedy policy has no numbers on the formula's side"
ALIASING = "not yet held against the code: exact.objective in worlds.gallery.vacuum_corridor"
STATE_DISTANCE = "not yet held against the code: exact.state_law, occupancy and objective; absolute values and largest values have no rounding on the formula's side"
PENALTY = "not yet held against the code: exact.kl_divergence of finite laws and the quadratic model of exact.fisher_matrix"
ADAPTIVE_PENALTY = "not yet held against the code: steps.adaptive_kl; a choice by a threshold has no numbers on the formula's side"

WITHOUT: tuple[NoBridge, ...] = (
    NoBridge(result="performance-difference-of-every-state", reason=POLICY_IMPROVEMENT),
    NoBridge(result="policy-improvement", reason=POLICY_IMPROVEMENT),
    NoBridge(result="policy-improvement-finite-horizon", reason=POLICY_IMPROVEMENT),
    NoBridge(result="best-stochastic-policy-under-aliasing", reason=ALIASING),
    NoBridge(result="always-right-under-aliasing", reason=ALIASING),
    NoBridge(result="always-left-under-aliasing", reason=ALIASING),
    NoBridge(result="gap-under-aliasing", reason=ALIASING),
    NoBridge(result="state-laws-apart", reason=STATE_DISTANCE),
    NoBridge(result="error-of-the-state-ratio", reason=STATE_DISTANCE),
    NoBridge(result="occupancies-apart", reason=STATE_DISTANCE),
    NoBridge(result="monotone-improvement-tighter", reason=STATE_DISTANCE),
    NoBridge(result="monotone-improvement", reason=STATE_DISTANCE),
    NoBridge(result="penalty-in-policy-space", reason=PENALTY),
    NoBridge(result="multiplier-depends-on-the-problem", reason=PENALTY),
    NoBridge(result="penalty-in-parameter-space", reason=PENALTY),
    NoBridge(result="penalised-step", reason=PENALTY),
    NoBridge(result="kl-of-the-penalised-step", reason=PENALTY),
    NoBridge(result="multiplier-of-the-trust-region", reason=PENALTY),
    NoBridge(result="adaptive-penalty-rests-in-its-dead-zone", reason=ADAPTIVE_PENALTY),
    NoBridge(result="adaptive-penalty-settles-from-above", reason=ADAPTIVE_PENALTY),
    NoBridge(result="adaptive-penalty-settles-from-below", reason=ADAPTIVE_PENALTY),
    NoBridge(result="adaptive-penalty-jumps-over-its-dead-zone", reason=ADAPTIVE_PENALTY),
    NoBridge(result="misprinted-penalty-alternates-from-above", reason=ADAPTIVE_PENALTY),
    NoBridge(result="misprinted-penalty-alternates-from-below", reason=ADAPTIVE_PENALTY),
)
"""Results that have no number which the code computes, and those not yet held, with what is missing."""
