"""Worlds whose best policy is known, as environments; and how much of the way a policy goes."""

import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import Tensor

from rlcheck import exact
from rlcheck.algorithms.environments import GymnasiumEnvironments
from rlcheck.worlds import TabularMDP
from rlcheck.worlds.gallery import cliff_walk, garnet, two_state_chain
from rlcheck.worlds.gymnasium import to_gymnasium

# Continuing worlds are cut, so that every state is begun near; a cut bootstraps, and J goes on.
NAMED = {
    "two-state-chain": two_state_chain(time_limit=20),
    "garnet": garnet(1, n_states=6, n_actions=3, branching=3, time_limit=20),
    "cliff-walk": cliff_walk(gamma=0.9, time_limit=100),
}


def environments_of(world: TabularMDP, count: int) -> GymnasiumEnvironments:
    vector = SyncVectorEnv(
        [lambda: to_gymnasium(world) for _ in range(count)],
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    return GymnasiumEnvironments(vector)


def uniform(world: TabularMDP) -> Tensor:
    shape = (world.n_states, world.n_actions)
    return torch.full(shape, 1 / world.n_actions, dtype=torch.float64)


def greedy(action_values: Tensor) -> Tensor:
    """The policy of the best actions, [S, A]."""
    n_actions = action_values.shape[-1]
    return torch.nn.functional.one_hot(action_values.argmax(-1), n_actions).to(torch.float64)


def best(world: TabularMDP) -> Tensor:
    """The best policy, by Howard's iteration: better than every policy, once none is better."""
    pi = greedy(exact.action_values(world, uniform(world)))
    while True:
        values = exact.action_values(world, pi)
        better = greedy(values)
        gain = ((better - pi) * values).sum(-1)
        if bool((gain <= 1e-12).all()):
            return pi
        pi = torch.where((gain > 1e-12)[:, None], better, pi)


def share_of_the_way(world: TabularMDP, pi: Tensor) -> float:
    """How much of the way in J from the uniform policy to the best one, both exact."""
    low, high = (float(exact.objective(world, p)) for p in (uniform(world), best(world)))
    return (float(exact.objective(world, pi)) - low) / (high - low)
