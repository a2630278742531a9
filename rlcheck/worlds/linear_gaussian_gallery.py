"""Named and random continuous worlds."""

import torch
from torch import Tensor

from rlcheck.worlds.linear_gaussian import LinearGaussianMDP


def _array(values: list[float] | list[list[float]]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def gaussian_bandit(points: int = 3) -> LinearGaussianMDP:
    """One step, one action dimension, a few contexts: reward -(a - s)^2 / 2 + s / 2.

    The advantage is a parabola in the action that changes its sign twice, so that both signs of A
    meet all three clip regions. With a finite start every expectation, the clipped one included, is
    a sum of closed forms.
    """
    return LinearGaussianMDP(
        dynamics=_array([[0.0]]),
        control=_array([[1.0]]),
        reward_quadratic=_array([[-0.5, 0.5], [0.5, -0.5]]),
        reward_linear=_array([0.5, 0.0]),
        initial_points=torch.linspace(-1, 1, points, dtype=torch.float64)[:, None],
        gamma=0.9,
        horizon=1,
        name="gaussian-bandit",
        description="one step, quadratic reward, finitely many contexts",
    )


def point_mass(time_limit: int | None = None) -> LinearGaussianMDP:
    """A mass on a line, pushed towards the origin: state (position, velocity), infinite horizon.

    V is a function of the state alone, also where a time limit truncates.
    """
    return LinearGaussianMDP(
        dynamics=_array([[0.9, 0.3], [0.0, 0.8]]),
        control=_array([[0.0], [0.5]]),
        noise=_array([0.0, 0.2]),
        reward_quadratic=_array([[-1.0, 0.0, 0.0], [0.0, -0.1, 0.0], [0.0, 0.0, -0.2]]),
        reward_constant=1.0,
        initial_points=_array([[1.0, 0.0]]),
        initial_noise=_array([0.3, 0.1]),
        gamma=0.95,
        time_limit=time_limit,
        name="point-mass",
        description="double integrator with friction, a noisy push and a Gaussian start",
    )


def random_linear_gaussian(
    generator: torch.Generator,
    state_dim: int = 2,
    action_dim: int = 1,
    gamma: float = 0.9,
    horizon: int | None = None,
    time_limit: int | None = None,
    points: int = 1,
    noise_rank: int | None = None,
    initial_rank: int | None = None,
) -> LinearGaussianMDP:
    """A random world with cross terms, linear terms and a constant in everything.

    The dynamics have spectral norm 0.7 and the control 0.3, so that any policy whose gain has norm
    below one is stable.

    Args:
        generator: names the world.
        state_dim: S.
        action_dim: D.
        gamma: discount.
        horizon: of J.
        time_limit: truncation.
        points: initial points, with random weights.
        noise_rank: random numbers a step; S by default.
        initial_rank: random numbers of the start; S by default.
    """

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    def of_norm(matrix: Tensor, norm: float) -> Tensor:
        return matrix * norm / torch.linalg.matrix_norm(matrix, 2)

    both = state_dim + action_dim
    weights = normal(points).exp()
    return LinearGaussianMDP(
        dynamics=of_norm(normal(state_dim, state_dim), 0.7),
        control=of_norm(normal(state_dim, action_dim), 0.3),
        drift=0.3 * normal(state_dim),
        noise=0.3 * normal(state_dim, state_dim if noise_rank is None else noise_rank),
        reward_quadratic=normal(both, both),
        reward_linear=normal(both),
        reward_constant=float(normal()),
        initial_points=normal(points, state_dim),
        initial_weights=weights / weights.sum(),
        initial_noise=0.5 * normal(state_dim, state_dim if initial_rank is None else initial_rank),
        gamma=gamma,
        horizon=horizon,
        time_limit=time_limit,
        name="random-linear-gaussian",
        description="dense random coefficients, stable",
    )
