"""The variance of the gradient against the baseline, exactly, over all episodes of a world."""

from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck import exact, losses
from rlcheck.estimators import full_return, variance_minimising_baseline
from rlcheck.site.pictures.setting import Softmax, chain, gradients, total_variance
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Stroke, figure
from rlcheck.worlds import Rollout, TabularMDP

HORIZON = 4


@cache
def _setting() -> tuple[TabularMDP, Softmax, Rollout]:
    world, policy = chain(HORIZON), Softmax()
    return world, policy, exact.enumerate_episodes(world, policy.table.detach())


def _with_constant(baseline: float) -> Float[Tensor, "N P"]:
    """The full-return gradient of every episode, with that constant taken off the return."""
    world, policy, rollout = _setting()
    return gradients(
        lambda r, logp: losses.reinforce_full_return(logp, r.rewards, world.gamma, baseline),
        policy,
        rollout,
    )


def _constants() -> tuple[float, float]:
    """E[R], and the constant of least variance."""
    world, _, rollout = _setting()
    assert rollout.probability is not None
    returns = full_return(rollout.rewards, world.gamma)[0]
    probability = rollout.probability.detach()
    # The loss is linear in b: the scores are what one unit of b takes away.
    scores = _with_constant(0.0) - _with_constant(1.0)
    best = variance_minimising_baseline(returns, scores, probability)
    return float(probability @ returns), float(best)


def variance_against_baseline() -> str:
    """A parabola in b, with the three baselines that people choose."""
    _, _, rollout = _setting()
    zero, slope = _with_constant(0.0), _with_constant(1.0) - _with_constant(0.0)
    mean, best = _constants()

    def variance(b: float) -> float:
        return total_variance(zero + b * slope, rollout)

    ends = (best - 1.6 * abs(best), best + 1.9 * abs(best))
    numbers = torch.linspace(*ends, 61).tolist()
    plot = Plot(
        description="The variance of the gradient against a constant baseline is a parabola.",
        x=Axis(label="baseline b"),
        y=Axis(label="variance of the gradient"),
        curves=(
            Curve(name="variance", points=[(b, variance(b)) for b in numbers], colour=1),
            Curve(name="none", points=[(0.0, variance(0.0))], colour=2, stroke=Stroke.POINTS),
            Curve(name="E[R]", points=[(mean, variance(mean))], colour=3, stroke=Stroke.POINTS),
            Curve(
                name="the least", points=[(best, variance(best))], colour=4, stroke=Stroke.POINTS
            ),
        ),
        rules=(Rule(label="as without one", y=variance(0.0)),),
    )
    caption = (
        f"The trace of the covariance of one episode's REINFORCE gradient on the two-state chain, "
        f"T = {HORIZON}, over all {rollout.N} episodes. Beyond {2 * best:.2f}, twice the best "
        f"baseline, a baseline does harm; the mean return, {mean:.2f}, is not the best one, "
        f"{best:.2f}."
    )
    return figure([plot], caption, "variance-against-baseline")


def variance_of_each_form() -> str:
    """The same expectation in five forms: what each costs, over the horizon."""
    horizons = range(1, 7)
    names = ("full return", "reward to go", "full return − least b", "reward to go − V")
    table = [_forms(horizon) for horizon in horizons]
    plot = Plot(
        description="Variance over the horizon, for four forms of the same gradient.",
        x=Axis(label="horizon T"),
        y=Axis(label="variance of the gradient"),
        curves=tuple(
            Curve(
                name=name,
                points=[(float(h), row[i]) for h, row in zip(horizons, table, strict=True)],
                colour=i + 1,
                stroke=Stroke.LINE if i % 2 == 0 else Stroke.DASHED,
            )
            for i, name in enumerate(names)
        ),
    )
    caption = (
        "Four forms of credit with one expectation, the gradient of J, on the two-state chain. "
        "Each is a loss of `rlcheck.losses`, differentiated for every episode there is."
    )
    return figure([plot], caption, "variance-of-each-form")


def _forms(horizon: int) -> tuple[float, ...]:
    world, policy = chain(horizon), Softmax()
    rollout = exact.enumerate_episodes(world, policy.table.detach())
    assert rollout.probability is not None
    values, gamma = exact.state_values(world, policy.table.detach()), world.gamma

    def to_go(r: Rollout, logp: Tensor) -> Tensor:
        return losses.reinforce(logp, r.rewards, gamma)

    def full(r: Rollout, logp: Tensor, baseline: float) -> Tensor:
        return losses.reinforce_full_return(logp, r.rewards, gamma, baseline)

    def critic(r: Rollout, logp: Tensor) -> Tensor:
        assert r.states is not None
        return losses.reinforce_baseline(logp, r.rewards, values[r.steps, r.states], gamma)

    plain = gradients(lambda r, logp: full(r, logp, 0.0), policy, rollout)
    one = gradients(lambda r, logp: full(r, logp, 1.0), policy, rollout)
    returns = full_return(rollout.rewards, gamma)[0]
    best = float(variance_minimising_baseline(returns, plain - one, rollout.probability.detach()))
    found = (
        plain,
        gradients(to_go, policy, rollout),
        plain + best * (one - plain),
        gradients(critic, policy, rollout),
    )
    return tuple(total_variance(x, rollout) for x in found)
