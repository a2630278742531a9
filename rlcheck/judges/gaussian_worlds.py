"""Small continuous worlds: linear dynamics, quadratic reward, affine Gaussian policies.

A `Size` is read as: state dimensions, action dimensions, steps, and starting points; one starting
point means a deterministic world (no noise either).
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.claims import Form
from rlcheck.judges.chooser import Chooser
from rlcheck.judges.worlds import Size
from rlcheck.subjects.networks import GaussianNetwork, GaussianPolicy, quadratic_features
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP

FULL = Size(n_states=1, n_actions=2, horizon=3, successors=2)
"""For sampled batches: a vector of actions."""
LISTED = Size(n_states=1, n_actions=1, horizon=2, successors=2)
"""For nodes: at most a few thousand rollouts."""
SMALL = Size(n_states=1, n_actions=1, horizon=2, successors=1)
"""Nine rollouts of three nodes a step."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Affine:
    """The numbers of a policy N(gain o + offset, diag exp(2 log_std))."""

    gain: Float[Tensor, "D O"]
    offset: Float[Tensor, " D"]
    log_std: Float[Tensor, " D"]

    def module(self) -> GaussianPolicy:
        """The policy; its network's log_std is expanded row by row, where the tap sees it."""
        network = GaussianNetwork(self.gain.shape[1], self.gain.shape[0])
        with torch.no_grad():
            network.mean.weight.copy_(self.gain)
            network.mean.bias.copy_(self.offset)
            network.log_std.copy_(self.log_std)
        return GaussianPolicy(network.to(self.gain.device))

    def to(self, device: torch.device | str) -> "Affine":
        return Affine(
            gain=self.gain.to(device),
            offset=self.offset.to(device),
            log_std=self.log_std.to(device),
        )

    def same(self, other: "Affine") -> bool:
        pairs = ((self.gain, other.gain), (self.offset, other.offset))
        return all(torch.equal(a, b) for a, b in (*pairs, (self.log_std, other.log_std)))


class QuadraticValue(nn.Module):
    """V(o) = (1, o, o oᵀ) . w, with its own w for every step of a clock in the last component.

    With a finite horizon V is another quadratic at every step; one more row is for what follows
    the last one, which nobody should ever use.
    """

    def __init__(self, weight: Float[Tensor, "K F"]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone())

    def forward(self, obs: Float[Tensor, "*batch O"]) -> Float[Tensor, "*batch"]:
        features = quadratic_features(obs)
        if len(self.weight) == 1:
            return features @ self.weight[0]
        step = obs[..., -1].detach().round().long().clamp(0, len(self.weight) - 1)
        return (features * self.weight[step]).sum(-1)


def as_weights(matrix: Float[Tensor, "*time X X"]) -> Float[Tensor, "*time F"]:
    """The weights of `quadratic_features` for a symmetric matrix over (1, o)."""
    size = matrix.shape[-1] - 1
    rows, columns = torch.triu_indices(size, size, device=matrix.device)
    twice = torch.where(rows == columns, 1.0, 2.0)
    squares = matrix[..., 1:, 1:][..., rows, columns] * twice
    return torch.cat([matrix[..., 0, :1], 2 * matrix[..., 0, 1:], squares], dim=-1)


def numbers(chooser: Chooser, *shape: int) -> Tensor:
    """Small dyadic numbers."""
    count = int(torch.Size(shape).numel())
    return torch.tensor([chooser.number() for _ in range(count)], dtype=torch.float64).reshape(
        shape
    )


def gaussian_world(
    form: Form, size: Size, gamma: float, chooser: Chooser, truncates: bool, noisy: bool
) -> LinearGaussianMDP:
    """A world of the form: with a clock in the observation where it ends by itself.

    Args:
        form: which kind of batch it is for.
        size: its size.
        gamma: discount.
        chooser: where the numbers come from.
        truncates: whether a segment's episodes are cut by a time limit, or end.
        noisy: whether the next state is random given the action.
    """
    state, both = size.n_states, size.n_states + size.n_actions
    ends, limit = _ends(form, size, truncates)
    found = LinearGaussianMDP(
        dynamics=numbers(chooser, state, state) / 4 / state,
        control=numbers(chooser, state, size.n_actions) / 4,
        drift=numbers(chooser, state) / 4,
        noise=numbers(chooser, state, 1) / 4 if noisy and size.successors > 1 else None,
        reward_quadratic=numbers(chooser, both, both) / 4,
        reward_linear=numbers(chooser, both) / 2,
        reward_constant=chooser.number() / 2,
        initial_points=numbers(chooser, size.successors, state) / 2,
        gamma=gamma,
        horizon=ends,
        time_limit=limit,
        name=form,
    )
    if ends is None:
        return found
    found = found.with_time()
    return _only_at_the_end(found) if form == "delayed" else found


def unmoved_world(
    size: Size, gamma: float, chooser: Chooser, dimension: int | None
) -> LinearGaussianMDP:
    """A world with two components: one that moves by itself, and one that actions move.

    Whatever sees the first alone (and the clock) sees known numbers from every starting point.

    Args:
        size: starting points, action dimensions and steps are read off it.
        gamma: discount.
        chooser: where the numbers come from.
        dimension: the one of the action that the reward depends on; None for all of them.
    """
    count, both = size.n_actions, 2 + size.n_actions
    dynamics = numbers(chooser, 2, 2) / 4
    dynamics[0, 1] = 0.0
    control = numbers(chooser, 2, count) / 4
    control[0] = 0.0
    quadratic, linear = numbers(chooser, both, both) / 4, numbers(chooser, both) / 2
    if dimension is not None:
        unpaid = [2 + d for d in range(count) if d != dimension]
        quadratic[unpaid], quadratic[:, unpaid], linear[unpaid] = 0.0, 0.0, 0.0
    found = LinearGaussianMDP(
        dynamics=dynamics,
        control=control,
        drift=numbers(chooser, 2) / 4,
        reward_quadratic=quadratic,
        reward_linear=linear,
        reward_constant=chooser.number() / 2,
        initial_points=numbers(chooser, size.successors, 2) / 2,
        gamma=gamma,
        horizon=size.horizon,
        name="fixed",
    )
    return found.with_time()


def _ends(form: Form, size: Size, truncates: bool) -> tuple[int | None, int | None]:
    """(horizon, time limit)."""
    inside = max(1, size.horizon - 1)
    if form == "segments":
        return (None, inside) if truncates else (inside, None)
    if form == "time-limit":
        return None, size.horizon
    # A reward that is quadratic in (s, t, a) can be silent in one step alone: the first of two.
    return (min(2, size.horizon) if form == "delayed" else size.horizon), None


def _only_at_the_end(world: LinearGaussianMDP) -> LinearGaussianMDP:
    """r = t (l . (s, a) + k): nothing in the first of two steps."""
    clock = world.state_dim - 1
    last = 1 if (world.horizon or 1) > 1 else 0
    if not last:
        return world
    quadratic = torch.zeros_like(world.reward_quadratic)
    quadratic[clock] = world.reward_linear / 2
    quadratic[:, clock] = world.reward_linear / 2
    linear = torch.zeros_like(world.reward_linear)
    linear[clock] = world.reward_constant
    return replace(world, reward_quadratic=quadratic, reward_linear=linear, reward_constant=0.0)


def gaussian_policies(
    world: LinearGaussianMDP, chooser: Chooser, near: bool, gentle: bool
) -> tuple[Affine, Affine]:
    """(pi_old, pi): ratios on both sides of every clip range in use.

    Args:
        world: where they act.
        chooser: where the numbers come from.
        near: ratios lie close to the ends of the clip range.
        gentle: the deviations differ little, so that few nodes integrate the ratio.
    """
    count, size = world.action_dim, world.obs_dim
    old = Affine(
        gain=numbers(chooser, count, size) / 8,
        offset=numbers(chooser, count) / 4,
        log_std=numbers(chooser, count) / 8,
    )
    shift = torch.tensor(
        [chooser.choice((0.5, -0.5, 0.375, -0.375)) for _ in range(count)], dtype=torch.float64
    )
    wider = torch.tensor(
        [chooser.choice((0.125, -0.125)) for _ in range(count)], dtype=torch.float64
    )
    new = Affine(
        gain=old.gain + numbers(chooser, count, size) / 32,
        offset=old.offset + shift / (2 if near else 1),
        log_std=old.log_std + wider / (2 if gentle or near else 1),
    )
    return old, new
