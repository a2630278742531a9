"""Garnets: generic random decision processes, as many as there are seeds."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import _door
from rlcheck.worlds.gallery._seed import generator_of
from rlcheck.worlds.tabular import TabularMDP


def garnet(
    seed: int | torch.Generator = 0,
    *,
    n_states: int = 4,
    n_actions: int = 2,
    branching: int = 2,
    gamma: float = 0.9,
    horizon: int | None = None,
    time_limit: int | None = None,
    end_probability: float = 0.0,
    n_observations: int | None = None,
) -> TabularMDP:
    """A random world: each state and action leads to `branching` states, with random weights.

    For: properties that should hold in any world at all. For each (s, a) the successors are a
    uniformly random subset, and their probabilities the spacings of branching - 1 uniform cuts of
    [0, 1] (uniform on the simplex). Rewards are standard normal, one for each (s, a, s'). The
    initial distribution is uniform on the simplex of the non-terminal states. The same seed gives
    the same world.

    Source: Archibald, McKinnon & Thomas (1995), On the generation of Markov decision processes;
    Bhatnagar, Sutton, Ghavamzadeh & Lee (2009), section 7. Deviations: rewards depend on s' too;
    `end_probability`; `n_observations`.

    Args:
        seed: an integer, or a CPU generator, which is advanced.
        n_states: S, without the terminal state that `end_probability` adds.
        n_actions: A.
        branching: successors of each (s, a), at most S.
        gamma: the discount.
        horizon: of J; infinite by default.
        time_limit: where episodes are cut.
        end_probability: where it is positive, a terminal state is added, as the last one, and
            every transition leads there with this probability: every policy is then proper.
        n_observations: where it is given, non-terminal states share this many observations, each
            used at least once, and a terminal one has its own; else one-hot.
    """
    random = generator_of(seed)
    n_states, n_actions = _door.count("n_states", n_states), _door.count("n_actions", n_actions)
    if _door.count("branching", branching) > n_states:
        raise InvalidArgument.of("branching", branching, "more than n_states", f"1 .. {n_states}")
    end = _door.discount("end_probability", end_probability)
    size = n_states + (end > 0)
    transitions = torch.zeros(size, n_actions, size, dtype=torch.float64)
    for state in range(n_states):
        for action in range(n_actions):
            successors = torch.randperm(n_states, generator=random)[:branching]
            weights = _uniform_on_simplex(branching, random)
            transitions[state, action, successors] = (1 - end) * weights
    if end > 0:
        transitions[:, :, -1] = end
    initial = torch.zeros(size, dtype=torch.float64)
    initial[:n_states] = _uniform_on_simplex(n_states, random)
    return TabularMDP(
        transitions=transitions,
        rewards=torch.randn(transitions.shape, dtype=torch.float64, generator=random),
        initial=initial,
        gamma=gamma,
        horizon=horizon,
        terminal=torch.arange(size) >= n_states,
        time_limit=time_limit,
        observations=_observations(n_states, size, n_observations, random),
        name="Garnet",
        description=f"a random world of {n_states} states, {n_actions} actions, b = {branching}",
    )


def _uniform_on_simplex(size: int, generator: torch.Generator) -> Float[Tensor, " K"]:
    cuts = torch.rand(size - 1, dtype=torch.float64, generator=generator).sort().values
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    return torch.cat([ends[:1], cuts, ends[1:]]).diff()


def _observations(
    n_states: int, size: int, kinds: int | None, generator: torch.Generator
) -> Float[Tensor, "S O"] | None:
    if kinds is None:
        return None
    if not 1 <= _door.count("n_observations", kinds) <= n_states:
        raise InvalidArgument.of("n_observations", kinds, "too many", f"1 .. {n_states}, or None")
    extra = torch.randint(kinds, (n_states - kinds,), generator=generator)
    looks = torch.cat([torch.arange(kinds), extra])[torch.randperm(n_states, generator=generator)]
    ends = torch.full((size - n_states,), kinds)
    return torch.eye(kinds + size - n_states, dtype=torch.float64)[torch.cat([looks, ends])]
