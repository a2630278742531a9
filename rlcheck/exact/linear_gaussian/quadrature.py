"""All rollouts on Gauss-Hermite nodes: an exact expectation as a weighted sum.

Every random number of a rollout (start, actions, noise) runs over the nodes of a Gauss-Hermite
rule; `probability` is the product of their weights. The interface is that of enumerated rollouts:
E f(rollout) = sum_n probability[n] f(rollout[n]).

Limits. n nodes integrate a polynomial of degree 2n - 1 in each variable exactly. With a linear
policy, a polynomial critic and ratio one, the REINFORCE integrand is of degree 4 at most in each
action's variable (the score of log_std times a quadratic return) and of degree 3 in each noise and
start variable times one: order 3 is exact to rounding, grade `exact`; its covariance needs order
5. A network mean or a ratio is smooth but no polynomial: double the nodes (`estimate.refine`),
grade `numerical`. Clip, min and max have kinks and converge too slowly to use: `split`.

Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.46, for the weight
exp(-x^2 / 2) by `numpy.polynomial.hermite_e.hermegauss`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.estimate import GradientEstimate, parameter_gradient, refine
from rlcheck.exact.linear_gaussian.moments import StateLaw, row_count
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import Disturbances, episode_starts, unroll
from rlcheck.worlds.rollout import Rollout

# numpy's rule loses digits beyond about two hundred nodes, and a grid its feasibility long before.
_MOST_NODES = 128
_MOST_ROLLOUTS = 1_000_000


Rule = Callable[[int], tuple[Tensor, Tensor]]


def gauss_hermite(order: int) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Nodes and weights for E f(X), X ~ N(0, 1); the weights sum to one.

    Raises:
        InvalidArgument: outside 1 to 128 nodes.
    """
    if not 1 <= order <= _MOST_NODES:
        raise InvalidArgument.of("order", order, "is no usable number of nodes", "1 to 128")
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    return torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum())


def trapezoid(order: int) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Equidistant nodes on +-10 deviations and weights for E f(X), X ~ N(0, 1); they sum to one.

    For a smooth f as good as any; for one with weak kinks the error falls with the distance of the
    nodes, which is 20 / n here and only pi / sqrt(2 n) for Gauss-Hermite.
    """
    nodes = torch.linspace(-10, 10, order, dtype=torch.float64)
    weights = (-(nodes**2) / 2).exp()
    return nodes, weights / weights.sum()


def quadrature_rollouts(
    world: LinearGaussianMDP,
    policy: nn.Module,
    order: int,
    length: int | None = None,
    noise_order: int | None = None,
    most: int = _MOST_ROLLOUTS,
    action_orders: Sequence[int] | None = None,
) -> Rollout:
    """Every combination of nodes as a rollout with its probability, [T, N].

    Args:
        world: the problem.
        policy: obs -> `Independent(Normal, 1)`, of any kind; called without gradient.
        order: nodes for each start and action variable.
        length: rows of a segment, with resets inside; None for whole episodes.
        noise_order: nodes for each noise variable; `order` by default.
        most: refuses more rollouts than this.
        action_orders: nodes for each action dimension, where they are not all to have `order`.

    Raises:
        InvalidArgument: where the grid is larger than `most`.
    """
    rows = row_count(world, length)
    orders = tuple(action_orders or [order] * world.action_dim)
    drawn, probability = _grid(world, rows, order, noise_order or order, most, orders)
    with torch.no_grad():
        return replace(unroll(world, policy, drawn), probability=probability)


def objective_by_quadrature(
    world: LinearGaussianMDP, policy: nn.Module, order: int, most: int = _MOST_ROLLOUTS
) -> Float[Tensor, ""]:
    """J of a finite horizon by nodes, differentiable along the path a = mean(s) + std(s) e.

    Any policy will do; exact from order 2 on for a linear one. Shares neither the moments nor the
    score function with the other routes to the gradient of J.

    Raises:
        InvalidArgument: where the horizon is infinite, or the grid too large.
    """
    if world.horizon is None:
        raise InvalidArgument.of("world", world.name, "has no finite horizon", "a horizon")
    unlimited = replace(world, time_limit=None)
    orders = (order,) * world.action_dim
    drawn, probability = _grid(unlimited, world.horizon, order, order, most, orders, False)
    rewards = unroll(unlimited, policy, drawn).rewards
    powers = world.gamma ** torch.arange(world.horizon, dtype=torch.float64, device=rewards.device)
    return (powers @ rewards) @ probability


def gradient_by_quadrature(
    world: LinearGaussianMDP,
    policy: nn.Module,
    tolerance: float = 1e-10,
    start: int = 4,
    most: int = 64,
) -> GradientEstimate:
    """The gradient of J for any policy, nodes doubled until they agree. Grade `numerical`.

    Stops doubling where the grid would pass a million rollouts; `converged` and `error` tell.
    """

    def at(order: int) -> dict[str, Tensor]:
        return parameter_gradient(objective_by_quadrature(world, policy, order), policy)

    feasible = start
    variables = (world.initial_noise.shape[1] + (world.horizon or 1) * world.action_dim) + (
        (world.horizon or 1) - 1
    ) * world.noise.shape[1]
    while (
        2 * feasible <= most
        and world.initial_points.shape[0] * ((2 * feasible) ** variables) <= _MOST_ROLLOUTS
    ):
        feasible *= 2
    return refine(at, start, feasible, tolerance)


def state_nodes(
    law: StateLaw, order: int, rule: Rule = gauss_hermite
) -> tuple[Float[Tensor, "M S"], Float[Tensor, " M"], Tensor]:
    """Nodes of every row's state law, with weights that sum to one a row, and their rows, [M].

    A direction without variance takes one node: a finite law is listed, and exact.
    """
    nodes, weights, rows = [], [], []
    abscissae, masses = rule(order)
    for t in range(len(law.means)):
        factor = covariance_factor(law.covariances[t])
        grid, mass = _product(factor.shape[1], abscissae, masses)
        grid, mass = grid.to(factor.device), mass.to(factor.device)
        shifted = law.means[t][:, None, :] + (grid @ factor.T)[None]
        nodes.append(shifted.reshape(-1, shifted.shape[-1]))
        weights.append((law.weights[:, None] * mass).reshape(-1))
        rows.append(torch.full_like(weights[-1], t, dtype=torch.int64))
    return torch.cat(nodes), torch.cat(weights), torch.cat(rows)


def covariance_factor(covariance: Float[Tensor, "S S"]) -> Float[Tensor, "S K"]:
    """L with L L' = C, one column for each direction that has variance."""
    values, vectors = torch.linalg.eigh(covariance)
    kept = values > values.abs().max() * len(values) * torch.finfo(values.dtype).eps
    return vectors[:, kept] * values[kept].sqrt()


def _product(count: int, nodes: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The grid of `count` variables, [n^count, count], and its weights."""
    if count == 0:
        return nodes.new_zeros(1, 0), weights.new_ones(1)
    grid = torch.cartesian_prod(*[nodes] * count).reshape(-1, count)
    mass = torch.cartesian_prod(*[weights] * count).reshape(-1, count).prod(-1)
    return grid, mass


def _grid(
    world: LinearGaussianMDP,
    rows: int,
    order: int,
    noise_order: int,
    most: int,
    action_orders: tuple[int, ...],
    last_noise: bool = True,
) -> tuple[Disturbances, Tensor]:
    """Disturbances on all nodes, and the product of their weights."""
    episodes = len(episode_starts(world, rows))
    spread = world.initial_noise.shape[1]
    controls, noises = world.action_dim, world.noise.shape[1]
    acted, shaken = gauss_hermite(order), gauss_hermite(noise_order)
    final = shaken if last_noise else gauss_hermite(1)
    chosen = (torch.arange(len(world.initial_weights)), world.initial_weights)
    variables = (
        [chosen] * episodes
        + [acted] * (episodes * spread)
        + [gauss_hermite(nodes) for nodes in action_orders] * rows
        + [shaken] * ((rows - 1) * noises)
        + [final] * noises
    )
    count = prod(len(nodes) for nodes, _ in variables)
    if count > most:
        raise InvalidArgument.of(
            "order",
            order,
            f"asks for {count:,} rollouts of {len(variables)} random numbers each, "
            f"more than {most:,}",
            "a lower order, a shorter length, fewer dimensions, or less noise",
        )
    columns, probability = _combinations(variables, count, world.drift.device)
    first, second = episodes, episodes + episodes * spread
    third = second + rows * controls

    def block(start: int, stop: int, *shape: int) -> Tensor:
        if start == stop:
            return world.drift.new_zeros(shape[0], count, shape[1])
        return torch.stack(columns[start:stop]).reshape(*shape, count).movedim(-1, 1)

    starts = torch.stack([world.initial_points[index] for index in columns[:first]])
    return (
        Disturbances(
            starts=starts + block(first, second, episodes, spread) @ world.initial_noise.T,
            actions=block(second, third, rows, controls),
            noise=block(third, len(columns), rows, noises),
        ),
        probability,
    )


def _combinations(
    variables: list[tuple[Tensor, Tensor]], count: int, device: torch.device
) -> tuple[list[Tensor], Tensor]:
    """One column [count] for each variable, the first running fastest, and the joint weights."""
    probability = torch.ones(count, dtype=torch.float64, device=device)
    columns, stride = [], 1
    for nodes, weights in variables:
        index = torch.arange(count, device=device).div(stride, rounding_mode="floor") % len(nodes)
        columns.append(nodes.to(device)[index])
        probability = probability * weights.to(device)[index]
        stride *= len(nodes)
    return columns, probability
