"""What a value is fitted to, exactly: the bias and the spread of Monte Carlo and TD targets."""

from functools import cache

from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import n_step_returns, reward_to_go
from rlcheck.site.pictures.critics import wrong_critic
from rlcheck.site.pictures.setting import Softmax, chain
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Stroke, figure
from rlcheck.worlds import Rollout, TabularMDP

HORIZON = 4
ERRORS = tuple(k / 10 for k in range(-30, 31))
TARGETS = ("reward to go", "two steps, then v", "one step, then v")


@cache
def _setting() -> tuple[TabularMDP, Rollout, Tensor]:
    world, policy = chain(HORIZON), Softmax().table.detach()
    return world, exact.enumerate_episodes(world, policy), exact.state_values(world, policy)


def bias_and_spread(target: str, error: float) -> tuple[float, float]:
    """Of the target of the first state's value; the critic is wrong by so much in state 1."""
    world, rollout, values = _setting()
    assert rollout.states is not None
    assert rollout.next_states is not None
    critic = wrong_critic(values, error)
    following = critic[rollout.steps + 1, rollout.next_states]
    if target == TARGETS[0]:
        found = reward_to_go(rollout.rewards, world.gamma)[0]
    else:
        count = 2 if target == TARGETS[1] else 1
        found = n_step_returns(
            rollout.rewards, following, rollout.terminated, rollout.truncated, world.gamma, count
        )[0]
    first = values[0, 0]
    bias = exact.expectation(lambda _: found, rollout) - first
    return float(bias), float(exact.covariance(lambda _: found, rollout)) ** 0.5


def end_of_less() -> float:
    """The smallest error at which the one-step target spreads more than the whole return."""
    _, whole = bias_and_spread(TARGETS[0], 0.0)
    spreads = ((error, bias_and_spread(TARGETS[2], error)[1]) for error in ERRORS if error >= 0)
    return next(error for error, spread in spreads if spread > whole)


def bias_and_spread_of_targets() -> str:
    """Two plots: how wrong a target's mean is, and how much one episode's target spreads."""
    caption = (
        f"Targets for V of the first state of the two-state chain, T = {HORIZON}, over all "
        "episodes, for a critic v that is V but in state 1. The whole reward to go has no bias "
        "whatever the critic is. With a good critic the temporal difference spreads less; but "
        f"from an error of {end_of_less():.1f} on the critic's own differences between states "
        "spread more than all the rewards do: “Monte Carlo has more variance, TD less” is a "
        "statement about good critics."
    )
    plots = [
        _plot(0, "bias", "The bias grows with the critic's error, the less the more rewards."),
        _plot(1, "standard deviation", "The spread of targets is a parabola's root in the error."),
    ]
    return figure(plots, caption, "bias-and-spread-of-targets")


def _plot(column: int, label: str, description: str) -> Plot:
    curves = tuple(
        Curve(
            name=target,
            points=[(error, bias_and_spread(target, error)[column]) for error in ERRORS],
            colour=number,
            stroke=Stroke.DASHED if number == 2 else Stroke.LINE,
        )
        for number, target in enumerate(TARGETS, start=1)
    )
    return Plot(
        description=description,
        x=Axis(label="v(1) − V(1)"),
        y=Axis(label=label),
        curves=curves,
        rules=(Rule(label="", x=0.0),),
    )
