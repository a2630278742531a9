"""Bias and spread of the GAE gradient against λ, for a right critic and for wrong ones."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import discount_weights, gae
from rlcheck.site.pictures.setting import (
    Softmax,
    chain,
    exact_gradient,
    gradients,
    mean_of,
    total_variance,
)
from rlcheck.site.plot import Axis, Curve, Plot, Stroke, figure
from rlcheck.worlds import Rollout

HORIZON = 4
LAMBDAS = tuple(k / 10 for k in range(11))
CRITICS = (("right critic", 0.0), ("V(1) too high by 0.5", 0.5), ("V(1) too high by 1", 1.0))


def bias_against_lambda() -> str:
    """Two plots: how wrong the expectation is, and how much one episode's gradient spreads."""
    found = {name: [_bias_and_spread(error, lam) for lam in LAMBDAS] for name, error in CRITICS}
    plots = [
        _plot(found, 0, "bias / ‖∇J‖", "The bias of the gradient falls to zero as λ goes to one."),
        _plot(found, 1, "standard deviation", "The spread of one episode's gradient over λ."),
    ]
    caption = (
        f"The policy gradient with generalised advantages on the two-state chain, T = {HORIZON}, "
        "exactly. With the right critic there is no bias whatever λ is; with a wrong one only "
        "λ = 1 has none. A wrong critic adds to the spread as well."
    )
    return figure(plots, caption, "bias-against-lambda")


def _plot(
    found: dict[str, list[tuple[float, float]]], column: int, label: str, description: str
) -> Plot:
    return Plot(
        description=description,
        x=Axis(label="λ"),
        y=Axis(label=label),
        curves=tuple(
            Curve(
                name=name,
                points=[(lam, row[column]) for lam, row in zip(LAMBDAS, rows, strict=True)],
                colour=number,
                stroke=Stroke.DASHED if number == 2 else Stroke.LINE,
            )
            for number, (name, rows) in enumerate(found.items(), start=1)
        ),
    )


def _bias_and_spread(error: float, lam: float) -> tuple[float, float]:
    world, policy = chain(HORIZON), Softmax()
    rollout = exact.enumerate_episodes(world, policy.table.detach())
    critic = wrong_critic(exact.state_values(world, policy.table.detach()), error)

    def loss(r: Rollout, logp: Tensor) -> Tensor:
        assert r.states is not None
        assert r.next_states is not None
        values, following = critic[r.steps, r.states], critic[r.steps + 1, r.next_states]
        credit = gae(r.rewards, values, following, r.terminated, r.truncated, world.gamma, lam)
        # The mean over rollouts of Σ_t γᵗ log π A, as the theorem has it.
        return -(discount_weights(logp, world.gamma) * logp * credit).sum() / logp.shape[1]

    found = gradients(loss, policy, rollout)
    true = exact_gradient(world, policy)
    bias = (mean_of(found, rollout) - true).norm() / true.norm()
    return float(bias), total_variance(found, rollout) ** 0.5


def wrong_critic(values: Float[Tensor, "H S"], error: float) -> Float[Tensor, "H2 S"]:
    """V by time with a row of zeros after the end; wrong in state 1, as long as there is a step."""
    wrong = values + error * torch.tensor([0.0, 1.0], dtype=torch.float64)
    return torch.cat([wrong, torch.zeros_like(wrong[:1])])
