"""Random tabular worlds and policies for tests: a seed names one, families take turns."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.worlds import TabularMDP

FAMILIES = (
    "dense",
    "sparse",
    "terminating",
    "aliased",
    "near_deterministic",
    "absorbing",
    "undiscounted",
    "small",
)
_RARE = 1e-9


def _normalised(table: Tensor) -> Tensor:
    return table / table.sum(-1, keepdim=True)


class _Draw:
    """One seed's stream of numbers."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator, dtype=torch.float64)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator, dtype=torch.float64)

    def integer(self, low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=self.generator))

    def choice(self, options):
        return options[self.integer(0, len(options) - 1)]


def random_world(seed: int, family: str | None = None) -> TabularMDP:
    """|S| up to 8, |A| up to 4, H up to 8; the family is `FAMILIES[seed % 8]` unless given."""
    family = family or FAMILIES[seed % len(FAMILIES)]
    draw = _Draw(seed)
    small = family == "small"
    states, actions = draw.integer(2, 3 if small else 8), draw.integer(2, 2 if small else 4)
    table = _transitions(draw, family, states, actions)
    terminal = torch.zeros(states, dtype=torch.bool)
    if family in ("terminating", "undiscounted") or draw.integer(0, 2) == 0:
        terminal[draw.integer(1, states - 1)] = True
    initial = draw.uniform(states) * ~terminal
    initial[1:] *= draw.integer(0, 1)
    initial[0] += 0.1
    horizon = draw.choice((None, draw.integer(1, 3 if small else 8)))
    if family == "undiscounted":
        gamma, horizon = 1.0, None
    elif horizon is None:
        gamma = draw.choice((0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.99999))
    else:
        gamma = draw.choice((0.0, 0.5, 0.9, 0.95, 0.99, 1.0))
    return TabularMDP(
        transitions=table,
        rewards=draw.normal(states, actions, states) + draw.choice((0.0, 1.0)),
        initial=_normalised(initial),
        gamma=gamma,
        horizon=horizon,
        terminal=terminal,
        time_limit=draw.choice((None, None, draw.integer(1, 4))),
        observations=_observations(draw, family, states),
        name=f"{family} {seed}",
    )


def _transitions(draw: _Draw, family: str, states: int, actions: int) -> Tensor:
    table = draw.uniform(states, actions, states)
    if family in ("sparse", "small"):
        keep = draw.uniform(states, actions, states) < 0.4
        keep |= torch.nn.functional.one_hot(table.argmax(-1), states).bool()
        table = table * keep
    elif family == "near_deterministic":
        likely = torch.nn.functional.one_hot(table.argmax(-1), states)
        table = likely + _RARE * table
    elif family == "absorbing":
        table[-1] = 0.0
        table[-1, :, -1] = 1.0
    elif family == "undiscounted":
        # From an end in a few steps to one in ten thousand.
        table = table * draw.choice((1.0, 0.1, 1e-4)) ** (torch.arange(states) > 0)
        table = table.roll(draw.integer(0, states - 1), -1)
    return _normalised(table)


def _observations(draw: _Draw, family: str, states: int) -> Tensor:
    if family != "aliased":
        return torch.eye(states, dtype=torch.float64)
    seen = torch.tensor([draw.integer(0, max(0, states // 2 - 1)) for _ in range(states)])
    return torch.nn.functional.one_hot(seen, states).double()


class Policy(nn.Module):
    """Softmax of a linear map or of a small tanh network; `sharpness` scales the logits."""

    def __init__(self, world: TabularMDP, seed: int, hidden: int = 0, sharpness: float = 1.0):
        super().__init__()
        draw = _Draw(seed + 10**6)
        sizes = [world.obs_dim, *([hidden] if hidden else []), world.n_actions]
        self.layers = nn.ParameterList(
            draw.normal(inputs, outputs) for inputs, outputs in pairwise(sizes)
        )
        self.sharpness = sharpness

    def forward(self, obs: Tensor) -> Categorical:
        for layer in list(self.layers)[:-1]:
            obs = torch.tanh(obs @ layer)
        return Categorical(logits=self.sharpness * (obs @ self.layers[-1]))


def random_policy(world: TabularMDP, seed: int) -> Policy:
    """Linear, a network, or a linear one whose rarest actions have probabilities near 1e-9."""
    if seed % 5 == 3:
        return Policy(world, seed, hidden=3)
    return Policy(world, seed, sharpness=8.0 if seed % 5 == 4 else 1.0)
