"""The truth under any Gaussian policy, a network too, that sees nothing that actions can move.

The state is s = (x, y): the observation is a function of x alone, and x moves by itself. From each
starting point x_0, x_1, ... are then known numbers, the policy is asked for one mean and one
deviation a step, and what remains is a Gaussian problem in y with actions of known law:

    a_t ~ N(mean_t, diag(std_t)^2),   V_t, Q_t, A_t quadratic,   J = sum_p w_p V_0(s_p)

All closed forms are those of an affine policy without gain, one a step and starting point; grade
`exact`, whatever network the means came from, and with the graph to it.

Source: the backward recursion of `values` and the forward one of `moments`, with an offset that
changes from step to step; own restriction to what is seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Distribution

from rlcheck.errors import InvalidArgument
from rlcheck.exact.linear_gaussian.affine import AffinePolicy
from rlcheck.exact.linear_gaussian.clip import checked_clip, legendre_integral
from rlcheck.exact.linear_gaussian.kinks import GaussianPair, clipped_integral
from rlcheck.exact.linear_gaussian.quadratic import (
    Quadratic,
    after_step,
    reward_quadratic,
    under_policy,
)
from rlcheck.exact.linear_gaussian.split import advantage_in_action
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

_LEGENDRE = 20

Acts = Callable[[Tensor], Distribution]
"""A policy as a function of states, [..., S] -> `Independent(Normal, 1)`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenLoop:
    """What a policy does at each step from each starting point, in one world.

    Attributes:
        world: a finite horizon, finitely many starting points.
        states: the states there, y at its value without actions (nobody sees it), [H, P, S].
        means: of the actions, [H, P, D], with their graph.
        stds: their deviations, [H, P, D], with their graph.
    """

    world: LinearGaussianMDP
    states: Float[Tensor, "H P S"]
    means: Float[Tensor, "H P D"]
    stds: Float[Tensor, "H P D"]

    def at(self, step: int, point: int) -> AffinePolicy:
        """The policy of one step, from one starting point."""
        mean = self.means[step, point]
        gain = mean.new_zeros(len(mean), self.world.state_dim)
        return AffinePolicy(gain=gain, offset=mean, std=self.stds[step, point])

    @cached_property
    def action_values(self) -> list[Quadratic]:
        """Q, one quadratic for each step, for each starting point; keeps the graph."""
        return [self._backwards(point)[0] for point in range(self.states.shape[1])]

    @cached_property
    def state_values(self) -> list[Quadratic]:
        """V, as `action_values`."""
        return [self._backwards(point)[1] for point in range(self.states.shape[1])]

    @cached_property
    def moments(self) -> Float[Tensor, "P H X X"]:
        """E (1, s)(1, s)' at each step from each starting point; keeps the graph."""
        return torch.stack([self._forwards(point) for point in range(self.states.shape[1])])

    def objective(self) -> Float[Tensor, ""]:
        """J."""
        starts = self.world.initial_points
        first = [v[0](starts[point]) for point, v in enumerate(self.state_values)]
        return self.world.initial_weights @ torch.stack(first)

    def _backwards(self, point: int) -> tuple[Quadratic, Quadratic]:
        rewards, world = reward_quadratic(self.world), self.world
        following: Quadratic | None = None
        q, v = [], []
        for step in range(len(self.states) - 1, -1, -1):
            matrix = rewards.matrix
            if following is not None:
                matrix = matrix + world.gamma * after_step(world, following).matrix
            q.append(matrix)
            following = under_policy(Quadratic(matrix=matrix), self.at(step, point))
            v.append(following.matrix)
        return Quadratic(matrix=torch.stack(q[::-1])), Quadratic(matrix=torch.stack(v[::-1]))

    def _forwards(self, point: int) -> Float[Tensor, "H X X"]:
        mean = self.world.initial_points[point]
        covariance = mean.new_zeros(len(mean), len(mean))
        found = []
        for step in range(len(self.states)):
            joint = torch.cat([mean.new_ones(1), mean])
            padded = torch.nn.functional.pad(covariance, (1, 0, 1, 0))
            found.append(torch.outer(joint, joint) + padded)
            transition, shift, spread = self.at(step, point).closed_loop(self.world)
            mean = transition @ mean + shift
            covariance = transition @ covariance @ transition.T + spread
        return torch.stack(found)


def open_loop(world: LinearGaussianMDP, policy: Acts, seen: Float[Tensor, "O S"]) -> OpenLoop:
    """Asks a policy what it does at every step from every starting point.

    Args:
        world: finite horizon, no noise at the start.
        policy: of states; it must read no more of them than `seen` lets through.
        seen: the rows of what the policy sees, as linear functions of the state.

    Raises:
        InvalidArgument: the horizon is infinite, the start is random around its points, or actions
            or noise move what is seen.
    """
    if world.horizon is None or world.initial_noise.shape[1]:
        raise InvalidArgument.of(
            "world", world.name, "has no finite list of states that a policy can see",
            "a horizon, and starting points without noise",
        )  # fmt: skip
    _check_unmoved(world, seen)
    rows = [world.initial_points]
    for _ in range(world.horizon - 1):
        rows.append(rows[-1] @ world.dynamics.T + world.drift)
    states = torch.stack(rows)
    mean, std = mean_and_std(policy(states))
    return OpenLoop(world=world, states=states, means=mean, stds=std)


def _check_unmoved(world: LinearGaussianMDP, seen: Tensor) -> None:
    """What is seen stays unmoved, now and at every later step: seen A^k (B, L) = 0."""
    reached = seen
    for _ in range(world.state_dim):
        if bool((reached @ world.control).any()) or bool((reached @ world.noise).any()):
            raise InvalidArgument.of(
                "seen", seen.tolist(), "is moved by actions or by noise", "what moves by itself"
            )
        reached = reached @ world.dynamics


def open_loop_surrogate(
    new: OpenLoop, old: OpenLoop, weights: Float[Tensor, " H"]
) -> Float[Tensor, ""]:
    """sum_t w_t E_{s_t ~ old} E_{a ~ new} A_old(s_t, a): the ratio integrated out; graph of `new`.

    At new = old its gradient is sum_t w_t E[nabla log pi A].
    """
    total = new.means.new_zeros(())
    for point, share in enumerate(old.world.initial_weights):
        credit = old.action_values[point] - old.state_values[point]
        for step, weight in enumerate(weights):
            expected = under_policy(credit[step].detach(), new.at(step, point)).matrix
            total = total + share * weight * (expected * old.moments[point, step].detach()).sum()
    return total


def open_loop_clipped(
    new: OpenLoop, old: OpenLoop, clip_eps: float, dimension: int
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """E_old[min(ratio A, clip(ratio) A)] of one step, by two routes; graph of `new`.

    Where the two policies differ in one dimension of the action alone, and A depends on it alone,
    ratio and A are functions of one number. The other dimensions then add nothing to the gradient
    either: their score has mean zero given that number.

    Args:
        new: pi.
        old: pi_old, whose advantages count.
        clip_eps: the clip range is [1 - clip_eps, 1 + clip_eps].
        dimension: the one of the action.

    Returns:
        The closed form, and Gauss-Legendre on the same pieces.

    Raises:
        InvalidArgument: more than one step, or another dimension plays a part.
    """
    world, count = old.world, old.means.shape[-1]
    others = torch.arange(count, device=old.means.device) != dimension
    paid = torch.cat([world.reward_quadratic, world.reward_linear[:, None]], 1)[-count:]
    same = torch.equal(new.means[..., others].detach(), old.means[..., others].detach())
    if world.horizon != 1 or bool(paid[others].any()) or not same:
        raise InvalidArgument.of(
            "dimension", dimension, "is not all that ratio and advantage depend on",
            "one step, and policies and rewards that differ in that dimension alone",
        )  # fmt: skip
    pair = GaussianPair(
        old_mean=old.means[0, :, dimension].detach(), old_std=old.stds[0, :, dimension].detach(),
        mean=new.means[0, :, dimension], std=new.stds[0, :, dimension],
    )  # fmt: skip
    with torch.no_grad():
        q = reward_quadratic(world)
        credit = advantage_in_action(q, world.initial_points, pair, dimension)
    clip, shares = checked_clip(clip_eps, None), world.initial_weights
    closed = clipped_integral(pair, credit, clip, torch.zeros_like(pair.old_mean))
    return shares @ closed, shares @ legendre_integral(pair, credit, clip, _LEGENDRE)
