"""Random continuous worlds and policies for tests: a seed names one."""

import torch

from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy, NetworkGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_gallery import random_linear_gaussian


def draw(seed: int) -> tuple[LinearGaussianMDP, LinearGaussianPolicy]:
    """S up to 3, D up to 2, horizon 1 to 5 or infinite, gamma up to 0.99 (1 for a finite one)."""
    generator = torch.Generator().manual_seed(seed)

    def one_of(*choices: float | int | None) -> float | int | None:
        return choices[int(torch.randint(len(choices), (), generator=generator))]

    horizon = one_of(1, 2, 3, 5, None)
    gamma = one_of(0.0, 0.5, 0.9, 0.99, *(() if horizon is None else (1.0,)))
    states, actions = one_of(1, 2, 3), one_of(1, 2)
    world = random_linear_gaussian(
        generator,
        state_dim=states,
        action_dim=actions,
        gamma=gamma,
        horizon=horizon,
        points=one_of(1, 2, 4),
        noise_rank=one_of(0, 1, states),
        initial_rank=one_of(0, 1, states),
    )
    return world, LinearGaussianPolicy.random(states, actions, generator)


def near(policy: LinearGaussianPolicy, scale: float, seed: int) -> LinearGaussianPolicy:
    """A policy beside this one."""
    generator = torch.Generator().manual_seed(seed)

    def moved(value: torch.Tensor) -> torch.Tensor:
        noise = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        return value.detach() + scale * noise

    return LinearGaussianPolicy(moved(policy.gain), moved(policy.offset), moved(policy.log_std))


def network(seed: int, states: int, actions: int, varying: bool = False) -> NetworkGaussianPolicy:
    """A small tanh policy."""
    generator = torch.Generator().manual_seed(seed)
    return NetworkGaussianPolicy(
        states, actions, generator, hidden=(3,), scale=0.3, state_dependent_std=varying
    )
