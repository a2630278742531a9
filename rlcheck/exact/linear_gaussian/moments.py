"""The law of the states under a linear Gaussian policy: the forward route.

    m_{t+1} = F m_t + f,   C_{t+1} = F C_t F' + W,   J = sum_t gamma^t E r_t

One mean for each initial point, one covariance for all of them. Shares no code with the backward
route in `values`: component form here, homogeneous coordinates there; doubling here, a linear
solve there.

Source: moment recursion of a linear system; the infinite sum by Smith's squaring iteration,
R. A. Smith, SIAM J. Appl. Math. 16 (1968) 198-201.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.affine import AffinePolicy, affine_policy
from rlcheck.exact.linear_gaussian.values import require_stable
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP

# 2^60 steps: far past where gamma^t F^t has underflown for any stable F that is a float.
_MOST_DOUBLINGS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class StateLaw:
    """The distribution of s_t for each row t: a mixture of Gaussians with one covariance.

    Attributes:
        means: [T, P, S].
        covariances: [T, S, S].
        weights: [P].
        steps: [T], time since the episode began.
    """

    means: Float[Tensor, "T P S"]
    covariances: Float[Tensor, "T S S"]
    weights: Float[Tensor, " P"]
    steps: Int64[Tensor, " T"]

    def second_moments(self) -> Float[Tensor, "T X X"]:
        """E (1, s)(1, s)' for each row."""
        joint = torch.cat([torch.ones_like(self.means[..., :1]), self.means], dim=-1)
        outer = torch.einsum("tpi,tpj,p->tij", joint, joint, self.weights)
        return outer + torch.nn.functional.pad(self.covariances, (1, 0, 1, 0))


def state_law(world: LinearGaussianMDP, policy: nn.Module, length: int | None = None) -> StateLaw:
    """The law of the states in the rows of the sampler, resets included. Keeps the graph.

    Args:
        world: the problem.
        policy: affine mean, constant deviation; not looked at while every row begins an episode.
        length: rows; None for one whole episode.
    """
    period = world.episode_length
    rows = row_count(world, length)
    covariance = world.initial_noise @ world.initial_noise.T
    means, covariances = [world.initial_points], [covariance]
    reached = rows if period is None else min(rows, period)
    if reached > 1:
        transition, shift, spread = affine_policy(policy, world).closed_loop(world)
        for _ in range(reached - 1):
            means.append(means[-1] @ transition.T + shift)
            covariances.append(transition @ covariances[-1] @ transition.T + spread)
    steps = [t if period is None else t % period for t in range(rows)]
    return StateLaw(
        means=torch.stack([means[t] for t in steps]),
        covariances=torch.stack([covariances[t] for t in steps]),
        weights=world.initial_weights,
        steps=torch.tensor(steps, device=world.drift.device),
    )


def row_count(world: LinearGaussianMDP, length: int | None) -> int:
    """`length`, or that of one whole episode.

    Raises:
        InvalidArgument: where it is not positive, or None and no episode ends.
    """
    rows = world.episode_length if length is None else length
    if rows is None or rows < 1:
        raise InvalidArgument.of(
            "length", length, "gives no number of rows", "an integer >= 1, or a world that ends"
        )
    return rows


def objective(world: LinearGaussianMDP, policy: nn.Module) -> Float[Tensor, ""]:
    """J = sum_t gamma^t E r(s_t, a_t) of the unlimited problem. Keeps the graph."""
    affine = affine_policy(policy, world)
    if world.horizon is None:
        return _infinite_objective(world, affine)
    transition, shift, spread = affine.closed_loop(world)
    means, covariance = world.initial_points, world.initial_noise @ world.initial_noise.T
    total = world.drift.new_zeros(())
    for t in range(world.horizon):
        second = torch.einsum("pi,pj,p->ij", means, means, world.initial_weights) + covariance
        first = world.initial_weights @ means
        total = total + world.gamma**t * _expected_reward(world, affine, first, second, 1.0)
        means = means @ transition.T + shift
        covariance = transition @ covariance @ transition.T + spread
    return total


def _expected_reward(
    world: LinearGaussianMDP, affine: AffinePolicy, first: Tensor, second: Tensor, mass: float
) -> Tensor:
    """E r from E s, E s s' and the total mass, of which the sums over t are linear functions."""
    size = world.state_dim
    gain, offset = affine.gain, affine.offset
    acted = gain @ first + offset * mass
    cross = second @ gain.T + torch.outer(first, offset)
    both = gain @ cross + torch.outer(offset, acted) + mass * torch.diag(affine.std**2)
    reward = world.reward_quadratic
    return (
        (reward[:size, :size] * second).sum()
        + 2 * (reward[:size, size:] * cross).sum()
        + (reward[size:, size:] * both).sum()
        + world.reward_linear[:size] @ first
        + world.reward_linear[size:] @ acted
        + world.reward_constant * mass
    )


def _infinite_objective(world: LinearGaussianMDP, affine: AffinePolicy) -> Tensor:
    """From m = sum gamma^t E s_t and X = sum gamma^t E s_t s_t', each a geometric sum.

    m = m_0 + gamma (F m + f / (1 - gamma)),
    X = X_0 + gamma (F X F' + F m f' + f m' F' + (f f' + W) / (1 - gamma)).
    """
    require_stable(world, affine)
    transition, shift, spread = affine.closed_loop(world)
    mass = 1 / (1 - world.gamma)
    points, weights = world.initial_points, world.initial_weights
    first = _geometric_vector(
        world.gamma * transition, weights @ points + world.gamma * mass * shift
    )
    crossed = torch.outer(transition @ first, shift)
    start = torch.einsum("pi,pj,p->ij", points, points, weights)
    start = start + world.initial_noise @ world.initial_noise.T
    forcing = crossed + crossed.T + mass * (torch.outer(shift, shift) + spread)
    second = _geometric_matrix(world.gamma**0.5 * transition, start + world.gamma * forcing)
    return _expected_reward(world, affine, first, second, mass)


def _geometric_vector(step: Tensor, start: Tensor) -> Tensor:
    """sum_t step^t start, by doubling."""
    total = start
    for _ in range(_MOST_DOUBLINGS):
        total, step = total + step @ total, step @ step
        if not bool(step.detach().abs().max() > 0):
            break
    return total


def _geometric_matrix(step: Tensor, start: Tensor) -> Tensor:
    """sum_t step^t start step'^t, by doubling."""
    total = start
    for _ in range(_MOST_DOUBLINGS):
        total, step = total + step @ total @ step.T, step @ step
        if not bool(step.detach().abs().max() > 0):
            break
    return total
