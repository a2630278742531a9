"""The variance of importance weights, exactly: over the horizon, and over the divergence."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import per_decision_weights, per_trajectory_weights
from rlcheck.site.pictures.setting import chain
from rlcheck.site.plot import Axis, Curve, Plot, Scale, Stroke, figure

SHIFTS = (0.5, 1.0, 2.0)
HORIZONS = range(1, 9)
FIXED_HORIZON = 4


def variance_of_weights() -> str:
    """Two plots: each policy over the horizon; one horizon over the divergence."""
    caption = (
        "The variance of the weight ∏ π_θ/π_old of a whole trajectory on the two-state chain, "
        "over all trajectories of the uniform policy π_old. Left: one plus the variance is a "
        f"number above one to the power T. Right: T = {FIXED_HORIZON}, over the divergence of one "
        "step; a weight that stops at its reward's own step has less."
    )
    return figure([_over_horizon(), _over_divergence()], caption, "variance-of-weights")


def policies_apart(shift: float) -> tuple[Float[Tensor, "S A"], Float[Tensor, "S A"]]:
    """π_old, uniform, and π_θ, whose first logit is raised in every state."""
    logits = torch.tensor([[shift, 0.0], [shift, 0.0]], dtype=torch.float64)
    return torch.full((2, 2), 0.5, dtype=torch.float64), logits.softmax(-1)


def _divergence(shift: float) -> float:
    """KL(π_θ ‖ π_old) of one step; the same in both states."""
    old, new = policies_apart(shift)
    return float(exact.kl_divergence(new, old)[0])


def _variances(shift: float, horizon: int) -> tuple[float, float]:
    """Of the trajectory's weight, and the mean over steps of the per-decision weights'."""
    old, new = policies_apart(shift)
    rollout = exact.enumerate_episodes(chain(horizon), old)
    assert rollout.states is not None
    logp, logp_old = (table.log()[rollout.states, rollout.actions] for table in (new, old))
    whole = per_trajectory_weights(logp, logp_old)[0]
    so_far = per_decision_weights(logp, logp_old).T
    per_step = exact.covariance(lambda _: so_far, rollout).diagonal().mean()
    return float(exact.covariance(lambda _: whole, rollout)), float(per_step)


def _over_horizon() -> Plot:
    curves = tuple(
        Curve(
            name=f"KL of a step = {_divergence(shift):.3f}",
            points=[(float(h), _variances(shift, h)[0]) for h in HORIZONS],
            colour=number,
            stroke=(Stroke.LINE, Stroke.DASHED, Stroke.LINE)[number - 1],
        )
        for number, shift in enumerate(SHIFTS, start=1)
    )
    return Plot(
        description="The variance of the trajectory's weight over the horizon, on a log axis.",
        x=Axis(label="horizon T"),
        y=Axis(label="variance of the weight", scale=Scale.LOG),
        curves=curves,
    )


def _over_divergence() -> Plot:
    shifts = [0.1 * k for k in range(1, 21)]
    found = [(_divergence(shift), *_variances(shift, FIXED_HORIZON)) for shift in shifts]
    return Plot(
        description="The variance of weights over the divergence of one step, on a log axis.",
        x=Axis(label="KL(π ‖ π_old) of one step"),
        y=Axis(label="variance of the weight", scale=Scale.LOG),
        curves=(
            Curve(name="whole trajectory", points=[(kl, v) for kl, v, _ in found], colour=1),
            Curve(
                name="per decision, mean over steps",
                points=[(kl, v) for kl, _, v in found],
                colour=4,
                stroke=Stroke.DASHED,
            ),
        ),
    )
