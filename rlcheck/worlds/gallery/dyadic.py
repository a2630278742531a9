"""Dyadic worlds: every probability a multiple of 2^-m, so that a finite batch is the law itself."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import _door
from rlcheck.worlds.gallery._seed import generator_of
from rlcheck.worlds.tabular import TabularMDP


def dyadic(
    seed: int | torch.Generator = 0,
    *,
    bits: int = 1,
    n_states: int = 2,
    n_actions: int = 2,
    horizon: int = 2,
    gamma: float = 0.5,
    time_limit: int | None = None,
    terminates: bool = False,
) -> TabularMDP:
    """A random world of finite horizon whose probabilities are multiples of 2^-bits.

    For: black boxes that take one batch and make one step. With a policy of `dyadic_policy`, the
    batch that lists each rollout as often as it is likely, 2^(bits (1 + 2 horizon)) columns with
    the defaults of both (32), has the exact expectation as its plain mean. Rewards are multiples
    of 1/4 in [-2, 2] and the default gamma is 1/2, so that sums of them are exact in float64 too.

    Args:
        seed: an integer, or a CPU generator, which is advanced.
        bits: m; probabilities are multiples of 2^-m.
        n_states: S, without the terminal state that `terminates` adds.
        n_actions: A.
        horizon: of J.
        gamma: the discount.
        time_limit: where episodes are cut.
        terminates: whether a terminal state is added, as the last one, that transitions may
            lead to: episodes then differ in length.
    """
    random = generator_of(seed)
    n_states, n_actions = _door.count("n_states", n_states), _door.count("n_actions", n_actions)
    size = n_states + bool(terminates)
    initial = torch.zeros(size, dtype=torch.float64)
    initial[:n_states] = _dyadic_rows((n_states,), bits, random)
    quarters = torch.randint(-8, 9, (size, n_actions, size), generator=random)
    return TabularMDP(
        transitions=_dyadic_rows((size, n_actions, size), bits, random),
        rewards=quarters.double() / 4,
        initial=initial,
        gamma=gamma,
        horizon=horizon,
        terminal=torch.arange(size) >= n_states,
        time_limit=time_limit,
        name="dyadic",
        description=f"a random world whose probabilities are multiples of 2^-{bits}",
    )


def dyadic_policy(
    world: TabularMDP, seed: int | torch.Generator = 0, bits: int = 1
) -> Float[Tensor, "S A"]:
    """A random pi(a | s) whose entries are positive multiples of 2^-bits.

    States that share an observation get the same row, so that a network on observations can
    stand for it.

    Raises:
        InvalidArgument: where there are more actions than 2^bits, and some would have none.
    """
    n_actions = world.n_actions
    if n_actions > 2 ** _door.count("bits", bits):
        raise InvalidArgument.of("bits", bits, f"too few for {n_actions} actions", "a larger one")
    kinds, look = torch.unique(world.observations, dim=0, return_inverse=True)
    random = generator_of(seed)
    rows = _dyadic_counts((len(kinds), n_actions), 2**bits - n_actions, random)
    table = (rows + 1) / 2**bits
    return table.to(world.device)[look]


def _dyadic_rows(
    shape: tuple[int, ...], bits: int, generator: torch.Generator
) -> Float[Tensor, "*rows K"]:
    balls = 2 ** _door.count("bits", bits)
    return _dyadic_counts(shape, balls, generator) / balls


def _dyadic_counts(
    shape: tuple[int, ...], balls: int, generator: torch.Generator
) -> Float[Tensor, "*rows K"]:
    """Throws `balls` balls into the K bins of each row, independently and uniformly."""
    counts = torch.zeros(shape, dtype=torch.float64)
    if balls > 0:
        bins = torch.randint(shape[-1], (*shape[:-1], balls), generator=generator)
        counts.scatter_add_(-1, bins, torch.ones_like(bins, dtype=torch.float64))
    return counts
