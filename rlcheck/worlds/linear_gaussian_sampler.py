"""Rollouts of a `LinearGaussianMDP`, vectorised over columns, on any device.

Both forms that implementations consume: whole episodes, and segments of a fixed length with
automatic reset in the middle. Every episode of such a world has the same length, so no slot is
ever padded. `unroll` runs on given random numbers: the sampler draws them, the exact half puts
quadrature nodes in their place.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.rollout import Rollout


@dataclass(frozen=True, kw_only=True, eq=False)
class Disturbances:
    """Every random number of N rollouts of T steps, standard normal but for the states.

    Attributes:
        starts: [B, N, S], the first state of each of the B episodes that the rows hold.
        actions: [T, N, D].
        noise: [T, N, K].
    """

    starts: Float[Tensor, "B N S"]
    actions: Float[Tensor, "T N D"]
    noise: Float[Tensor, "T N K"]


def sample_episodes(
    world: LinearGaussianMDP,
    policy: nn.Module,
    n: int,
    generator: torch.Generator,
    device: torch.device | str | None = None,
    max_steps: int | None = None,
) -> Rollout:
    """N whole episodes, [T, N], each T = min(horizon, time_limit) long.

    Args:
        world: where to act.
        policy: obs -> `Independent(Normal, 1)`; called without gradient.
        n: episodes.
        generator: the only source of randomness.
        device: of the result; the generator's by default.
        max_steps: cut after so many steps, without a boundary flag.

    Raises:
        InvalidArgument: where no episode ever ends and `max_steps` does not cut it.
    """
    length = whole_length(world)
    if max_steps is not None:
        length = max_steps if length is None else min(length, max_steps)
    if length is None:
        raise InvalidArgument.of(
            "max_steps", None, "an episode of this world never ends", "max_steps, or a time_limit"
        )
    return sample_segments(world, policy, n, length, generator, device)


def sample_segments(
    world: LinearGaussianMDP,
    policy: nn.Module,
    n: int,
    length: int,
    generator: torch.Generator,
    device: torch.device | str | None = None,
) -> Rollout:
    """N segments of `length` steps; an episode that ends inside is reset on the same step.

    `next_obs` keeps the final observation where an episode ended. The first row begins an episode.

    Args:
        world: where to act.
        policy: obs -> `Independent(Normal, 1)`; called without gradient.
        n: columns.
        length: rows.
        generator: the only source of randomness.
        device: of the result; the generator's by default.

    Raises:
        InvalidArgument: where n or length is not positive.
    """
    drawn = draw(world, n, length, generator)
    target = torch.device(device) if device is not None else generator.device
    moved = Disturbances(
        starts=drawn.starts.to(target),
        actions=drawn.actions.to(target),
        noise=drawn.noise.to(target),
    )
    with torch.no_grad():
        return unroll(world.to(target), policy, moved)


def draw(world: LinearGaussianMDP, n: int, length: int, generator: torch.Generator) -> Disturbances:
    """The random numbers of N segments, on the generator's device.

    Raises:
        InvalidArgument: where n or length is not positive.
    """
    if n < 1 or length < 1:
        raise InvalidArgument.of("n, length", (n, length), "is not positive", "integers >= 1")
    home = world.to(generator.device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64, device=generator.device)

    episodes = len(episode_starts(world, length))
    chosen = torch.multinomial(
        home.initial_weights, episodes * n, replacement=True, generator=generator
    ).reshape(episodes, n)
    spread = normal(episodes, n, home.initial_noise.shape[1]) @ home.initial_noise.T
    return Disturbances(
        starts=home.initial_points[chosen] + spread,
        actions=normal(length, n, home.action_dim),
        noise=normal(length, n, home.noise.shape[1]),
    )


def whole_length(world: LinearGaussianMDP) -> int | None:
    """Steps of one whole episode: min(horizon, time_limit); None where it never ends."""
    return world.episode_length


def episode_starts(world: LinearGaussianMDP, length: int) -> list[int]:
    """The rows of a segment in which an episode begins."""
    period = world.episode_length
    return [0] if period is None else list(range(0, length, period))


def unroll(world: LinearGaussianMDP, policy: nn.Module, drawn: Disturbances) -> Rollout:
    """Runs the world on given random numbers: a_t = mean(s_t) + std(s_t) e_t.

    Keeps the graph through states, actions and rewards where gradients are enabled (the pathwise
    route to the gradient of J).
    """
    length, n = drawn.actions.shape[:2]
    period = world.episode_length or length + 1
    states, actions, rewards, successors = [], [], [], []
    state = drawn.starts[0]
    for t in range(length):
        if t > 0 and t % period == 0:
            state = drawn.starts[t // period]
        mean, std = mean_and_std(policy(state))
        action = mean + std * drawn.actions[t]
        successor = world.successor(state, action, drawn.noise[t])
        states.append(state)
        actions.append(action)
        rewards.append(world.reward(state, action))
        successors.append(successor)
        state = successor
    rows = torch.arange(length, device=drawn.actions.device)
    steps = (rows % period)[:, None].expand(length, n).contiguous()
    terminated = torch.zeros_like(steps, dtype=torch.bool)
    if world.horizon is not None:
        terminated = steps + 1 == world.horizon
    truncated = torch.zeros_like(terminated)
    if world.time_limit is not None:
        truncated = (steps + 1 == world.time_limit) & ~terminated
    return Rollout(
        obs=torch.stack(states),
        actions=torch.stack(actions),
        rewards=torch.stack(rewards),
        next_obs=torch.stack(successors),
        terminated=terminated,
        truncated=truncated,
        mask=torch.ones_like(terminated),
        steps=steps,
        states=None,
        next_states=None,
        probability=None,
    )


def mean_and_std(distribution: Distribution) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation, [..., D] each, of `Independent(Normal, 1)`.

    Raises:
        InvalidArgument: where the policy returned anything else.
    """
    base = distribution.base_dist if isinstance(distribution, Independent) else None
    if not isinstance(base, Normal) or len(distribution.event_shape) != 1:
        raise InvalidArgument.of(
            "policy", distribution, "did not return a Gaussian", "obs -> Independent(Normal, 1)"
        )
    return base.loc, base.scale
