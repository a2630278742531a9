"""What several claims share: defaults, and where advantages and value targets come from."""

from torch import Tensor

from rlcheck import estimators
from rlcheck.claims.claim import Picks
from rlcheck.variants import Workspace

# Dyadic, so that an implementation that rounds a setting to float32 loses nothing by it.
GAMMA = (0.75, 0.875)
LAMBDA = (0.5, 0.75)
CLIP = (0.25, 0.125)
VALUE = (0.5, 0.75)
ENTROPY = (0.0625, 0.125)
KL = (0.5, 2.0)

COEFFICIENTS = {"vf_coef": VALUE, "ent_coef": ENTROPY}


def computed_advantages(x: Workspace, picks: Picks) -> Tensor:
    """The advantages as given, or by the `advantages` stage where the subject computes its own."""
    if "advantages" in x.asks:
        return x.advantages
    if credits_returns(x.asks):
        return x.returns - _baseline(x)
    return picks["advantages"].compute(x)


def credits_returns(asks: frozenset[str]) -> bool:
    """Whether the subject is given returns, and can only make advantages of them."""
    return "returns" in asks and not asks & {"advantages", "rewards"}


def _baseline(x: Workspace) -> Tensor:
    return x.values if "values" in x.asks else x.values_new.detach()


def use_targets(x: Workspace, advantages: Tensor) -> None:
    """Value targets of a subject that computes its own advantages: advantages + values."""
    if "advantages" not in x.asks and "returns" not in x.asks:
        x.returns = (advantages + x.values).detach()


def reference_advantages(x: Workspace) -> Tensor:
    """As `computed_advantages`, by the project's own estimator."""
    if "advantages" in x.asks:
        return x.advantages
    return x.returns - _baseline(x) if credits_returns(x.asks) else estimated_advantages(x)


def estimated_advantages(x: Workspace) -> Tensor:
    """GAE by the project's own estimator, zero in padded slots."""
    rollout = x.batch.rollout
    found = estimators.gae(
        rewards=x.rewards * x.mask,
        values=x.values * x.mask,
        next_values=x.next_values * x.mask,
        terminated=rollout.terminated,
        truncated=rollout.truncated,
        gamma=x.gamma,
        gae_lambda=x.gae_lambda,
    )
    return found * x.mask


def reference_returns(x: Workspace, advantages: Tensor) -> Tensor:
    if "advantages" not in x.asks and "returns" not in x.asks:
        return advantages + x.values
    return x.returns
