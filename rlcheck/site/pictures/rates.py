"""The error of the sampled gradient against the number of episodes, and its predicted line."""

import torch
from torch import Tensor

from rlcheck import exact, losses
from rlcheck.site.pictures.setting import (
    RolloutLoss,
    Softmax,
    chain,
    exact_gradient,
    gradient,
    gradients,
    total_variance,
)
from rlcheck.site.plot import Axis, Curve, Plot, Scale, Stroke, figure
from rlcheck.worlds import Rollout, sample_episodes

HORIZON = 4
SIZES = (4, 16, 64, 256, 1024, 4096)
REPETITIONS = 60


def error_against_samples() -> str:
    """Root mean square error over repetitions, against √(variance / m), which is exact."""
    world, policy = chain(HORIZON), Softmax()
    values = exact.state_values(world, policy.table.detach())

    def plain(r: Rollout, logp: Tensor) -> Tensor:
        return losses.reinforce_full_return(logp, r.rewards, world.gamma)

    def with_values(r: Rollout, logp: Tensor) -> Tensor:
        assert r.states is not None
        return losses.reinforce_baseline(logp, r.rewards, values[r.steps, r.states], world.gamma)

    curves = []
    for colour, (name, loss) in enumerate(
        (("full return", plain), ("reward to go − V", with_values)), start=1
    ):
        rollout = exact.enumerate_episodes(world, policy.table.detach())
        variance = total_variance(gradients(loss, policy, rollout), rollout)
        line = [(float(m), (variance / m) ** 0.5) for m in (SIZES[0], SIZES[-1])]
        stroke = Stroke.LINE if colour == 1 else Stroke.DASHED
        curves.append(Curve(name=f"{name}: predicted", points=line, colour=colour, stroke=stroke))
        measured = [(float(m), _error(loss, m)) for m in SIZES]
        curves.append(
            Curve(name=f"{name}: measured", points=measured, colour=colour, stroke=Stroke.POINTS)
        )
    plot = Plot(
        description="Measured errors lie on the predicted lines, which fall with slope −1/2.",
        x=Axis(label="episodes m", scale=Scale.LOG),
        y=Axis(label="‖ĝ − ∇J‖", scale=Scale.LOG),
        curves=tuple(curves),
    )
    caption = (
        f"The root mean square error of the gradient over {REPETITIONS} batches of m sampled "
        f"episodes (points), and √(tr Cov / m) with the exact covariance of one episode (lines). "
        f"Two-state chain, T = {HORIZON}."
    )
    return figure([plot], caption, "error-against-samples")


def _error(loss: RolloutLoss, size: int) -> float:
    """Over repetitions with random numbers of their own."""
    world, policy = chain(HORIZON), Softmax()
    true, generator = exact_gradient(world, policy), torch.Generator().manual_seed(size)
    squared = [
        float((gradient(loss, policy, batch) - true).square().sum())
        for batch in (
            sample_episodes(world, policy.table.detach(), size, generator)
            for _ in range(REPETITIONS)
        )
    ]
    return (sum(squared) / len(squared)) ** 0.5
