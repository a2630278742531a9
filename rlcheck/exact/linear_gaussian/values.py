"""V, Q and A of a linear Gaussian policy: the backward route.

    V_t(s) = E_a Q_t(s, a),   Q_t(s, a) = r(s, a) + gamma E V_{t+1}(s'),   A = Q - V

Every V_t is quadratic in s. Where J has an infinite horizon the stationary V solves the discrete
Lyapunov equation P = R + gamma F' P F (+ a constant), here as one linear solve.

Source: Bertsekas, Dynamic Programming and Optimal Control, vol. 1, section 3.1, for a fixed
policy in place of the optimal one, in homogeneous coordinates (1, s).
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.affine import AffinePolicy, affine_policy
from rlcheck.exact.linear_gaussian.quadratic import (
    Quadratic,
    after_step,
    reward_quadratic,
    under_policy,
)
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP


def state_values(world: LinearGaussianMDP, policy: nn.Module) -> Quadratic:
    """V: one quadratic of s for an infinite horizon, else H of them. Keeps the graph.

    A time limit changes nothing: V is that of the unlimited problem.

    Raises:
        InvalidArgument: where the policy is not affine, or an infinite sum diverges.
    """
    affine = affine_policy(policy, world)
    if world.horizon is None:
        return Quadratic(matrix=_stationary(world, affine))
    values: list[Tensor] = []
    for quadratic in reversed(_finite_action_values(world, policy)):
        values.append(under_policy(quadratic, affine).matrix)
    return Quadratic(matrix=torch.stack(values[::-1]))


def action_values(world: LinearGaussianMDP, policy: nn.Module) -> Quadratic:
    """Q: one quadratic of (s, a) for an infinite horizon, else H of them. Keeps the graph.

    At horizon one Q is the reward, and any policy will do.
    """
    if world.horizon is None:
        rewards = reward_quadratic(world).matrix
        future = after_step(world, state_values(world, policy))
        return Quadratic(matrix=rewards + world.gamma * future.matrix)
    matrices = [quadratic.matrix for quadratic in _finite_action_values(world, policy)]
    return Quadratic(matrix=torch.stack(matrices))


def advantages(world: LinearGaussianMDP, policy: nn.Module) -> Quadratic:
    """A = Q - V, quadratic in (s, a), in the time shape of Q. Keeps the graph."""
    return action_values(world, policy) - state_values(world, policy)


def backward_objective(world: LinearGaussianMDP, policy: nn.Module) -> Float[Tensor, ""]:
    """J = E V_0(s_0) over the initial mixture: the route from the end to the start."""
    values = state_values(world, policy)
    first = values if world.horizon is None else values[0]
    covariance = world.initial_noise @ world.initial_noise.T
    spread = (first.matrix[1:, 1:] * covariance).sum()
    return world.initial_weights @ first(world.initial_points) + spread


class ExactCritic(nn.Module):
    """V of a fixed policy as a module, obs [..., S] -> [...], without parameters.

    With a finite horizon V depends on t, so the observation must carry it: `world.with_time()`.
    """

    def __init__(self, world: LinearGaussianMDP, policy: nn.Module) -> None:
        """Computes V once.

        Raises:
            InvalidArgument: where V is no function of the observation.
        """
        super().__init__()
        if world.horizon is not None and world.horizon > 1 and not world.clock:
            raise InvalidArgument.of(
                "world", world.name, "has a V that depends on t, unseen", "world.with_time()"
            )
        matrix = state_values(world, policy).detach().matrix
        if world.horizon is None:
            matrix = matrix[None]
        elif world.clock:
            # After the last step there is nothing to come: V_H = 0.
            matrix = torch.cat([matrix, torch.zeros_like(matrix[:1])])
        self.clock = world.clock and world.horizon is not None
        self.register_buffer("matrix", matrix)

    def forward(self, obs: Float[Tensor, "*batch S"]) -> Float[Tensor, "*batch"]:
        """V(obs)."""
        matrix = self.get_buffer("matrix")
        joint = torch.cat([torch.ones_like(obs[..., :1]), obs], dim=-1)
        if not self.clock:
            return ((joint @ matrix[0]) * joint).sum(-1)
        step = obs[..., -1].round().long().clamp(0, len(matrix) - 1)
        return torch.einsum("...i,...ij,...j->...", joint, matrix[step], joint)


def require_stable(world: LinearGaussianMDP, affine: AffinePolicy) -> float:
    """The growth gamma rho(A + B K)^2 of second moments: below one, or an endless sum diverges.

    Raises:
        InvalidArgument: where it is not.
    """
    transition = affine.closed_loop(world)[0].detach()
    growth = world.gamma * float(torch.linalg.eigvals(transition).abs().max()) ** 2
    if growth >= 1:
        raise InvalidArgument.of(
            "policy",
            f"gamma * rho(A + B K)^2 = {growth:.6g}",
            "makes the discounted sum of rewards diverge",
            "a stabilising policy, a smaller gamma, or a finite horizon",
        )
    return growth


def _finite_action_values(world: LinearGaussianMDP, policy: nn.Module) -> list[Quadratic]:
    rewards = reward_quadratic(world)
    found = [rewards]
    horizon = world.horizon or 1
    if horizon > 1:
        affine = affine_policy(policy, world)
        for _ in range(horizon - 1):
            future = after_step(world, under_policy(found[-1], affine))
            found.append(Quadratic(matrix=rewards.matrix + world.gamma * future.matrix))
    return found[::-1]


def _stationary(world: LinearGaussianMDP, affine: AffinePolicy) -> Tensor:
    """P = R + gamma (F' P F + tr(P W) e e'), vectorised: (I - gamma T) vec P = vec R."""
    require_stable(world, affine)
    transition, shift, covariance = affine.closed_loop(world)
    size = world.state_dim + 1
    top = transition.new_zeros(1, size)
    top[0, 0] = 1
    step = torch.cat([top, torch.cat([shift[:, None], transition], dim=1)])
    operator = torch.kron(step.T.contiguous(), step.T.contiguous())
    # tr(P W) is a linear function of P and lands in its corner, the first entry of vec P.
    trace = torch.nn.functional.pad(covariance, (1, 0, 1, 0)).reshape(1, -1)
    operator = torch.cat([operator[:1] + trace, operator[1:]])
    rewards = under_policy(reward_quadratic(world), affine).matrix
    eye = torch.eye(size * size, dtype=operator.dtype, device=operator.device)
    solved = torch.linalg.solve(eye - world.gamma * operator, rewards.reshape(-1))
    return solved.reshape(size, size)
