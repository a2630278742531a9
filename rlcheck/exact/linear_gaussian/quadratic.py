"""Quadratic functions of a vector, as symmetric matrices over (1, x)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.exact.linear_gaussian.affine import AffinePolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP


@dataclass(frozen=True, kw_only=True, eq=False)
class Quadratic:
    """f(x) = (1, x)' M (1, x); with a leading dimension, one function for each time step.

    V is one over x = s, Q and A over x = (s, a).
    """

    matrix: Float[Tensor, "*time X X"]

    def __call__(self, x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch"]:
        """Evaluates a single function at each row."""
        joint = torch.cat([torch.ones_like(x[..., :1]), x], dim=-1)
        return ((joint @ self.matrix) * joint).sum(-1)

    def __getitem__(self, t: int) -> "Quadratic":
        """The function of step t."""
        return Quadratic(matrix=self.matrix[t])

    def __len__(self) -> int:
        """Time steps."""
        return self.matrix.shape[0]

    def __sub__(self, other: "Quadratic") -> "Quadratic":
        """Difference; a function of s alone may be subtracted from one of (s, a)."""
        size = other.matrix.shape[-1]
        matrix = self.matrix.clone()
        matrix[..., :size, :size] -= other.matrix
        return Quadratic(matrix=matrix)

    def detach(self) -> "Quadratic":
        """Without the graph."""
        return Quadratic(matrix=self.matrix.detach())


def reward_quadratic(world: LinearGaussianMDP) -> Quadratic:
    """The reward as a function of (s, a)."""
    linear = world.reward_linear[:, None] / 2
    corner = linear.new_full((1, 1), world.reward_constant)
    top = torch.cat([corner, linear.T], dim=1)
    return Quadratic(matrix=torch.cat([top, torch.cat([linear, world.reward_quadratic], dim=1)]))


def under_policy(quadratic: Quadratic, policy: AffinePolicy) -> Quadratic:
    """E_{a ~ pi(.|s)} f(s, a), a quadratic of s.

    With (1, s, mean) = G (1, s):  G' M G, plus tr(M_aa diag(std)^2) in the constant.
    """
    count = policy.gain.shape[1] + 1
    eye = torch.eye(count, dtype=torch.float64, device=policy.gain.device)
    graph = torch.cat([eye, torch.cat([policy.offset[:, None], policy.gain], dim=1)])
    matrix = graph.T @ quadratic.matrix @ graph
    curvature = quadratic.matrix[..., count:, count:].diagonal(dim1=-2, dim2=-1)
    return Quadratic(matrix=matrix + _in_corner((curvature * policy.std**2).sum(-1), count))


def after_step(world: LinearGaussianMDP, values: Quadratic) -> Quadratic:
    """E f(s') given (s, a), a quadratic of (s, a)."""
    size, controls = world.state_dim, world.action_dim
    top = world.drift.new_zeros(1, 1 + size + controls)
    top[0, 0] = 1
    moved = torch.cat([world.drift[:, None], world.dynamics, world.control], dim=1)
    step = torch.cat([top, moved])
    covariance = world.noise @ world.noise.T
    spread = (values.matrix[1:, 1:] * covariance).sum()
    matrix = step.T @ values.matrix @ step
    return Quadratic(matrix=matrix + _in_corner(spread, matrix.shape[-1]))


def _in_corner(value: Tensor, size: int) -> Tensor:
    """Matrices that are zero but for `value` at [0, 0]."""
    corner = value.new_zeros(size, size)
    corner[0, 0] = 1
    return value[..., None, None] * corner
