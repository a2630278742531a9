"""Small worlds around networks that an implementation brings: their observations and behaviour.

Here with discrete actions; with continuous ones see `network_case`. Whatever network is under
training, a tabular world asks it only about a few observations, and another policy may have
sampled: a table of probabilities is all that the behaviour policy is.
"""

import random
from dataclasses import replace
from itertools import cycle, islice, product

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.judges.worlds import Size
from rlcheck.subjects.own import BroughtNetworks, device_of, diagonal_normal, has_critic
from rlcheck.worlds import TabularMDP

_MOST_LISTED = 16
_KINK = 2e-3
_DEFAULT_CLIP = 0.25


def check_brought(own: BroughtNetworks) -> None:
    """Refuses networks that no small world can be put around.

    Raises:
        InvalidArgument: they choose among fewer than two actions, or their continuous actions are
            not those of a plain normal distribution (squashed ones, say).
    """
    if own.action.kind == "continuous":
        obs = torch.zeros(1, own.obs_dim, dtype=own.dtype, device=device_of(own.parameters))
        with torch.no_grad():
            diagonal_normal(own.modules()["policy"](obs), obs.shape[:1])
    elif own.action.size < 2:
        raise InvalidArgument.of(
            "subject", f"{own.action.size} actions", "there is nothing to choose",
            "an agent with two actions or more, or with continuous ones",
        )  # fmt: skip


def fitted(size: Size, own: BroughtNetworks | None, small: bool) -> Size:
    """The size with as many actions as the networks have, small enough where it has to be."""
    if own is None:
        return size
    n_actions = own.action.size
    fitting = replace(size, n_actions=n_actions)
    if not small:
        # Paths multiply by successors x actions a step: a deterministic world keeps them few.
        paths = (size.successors * n_actions) ** size.horizon
        return fitting if paths <= 1000 else replace(fitting, successors=1, horizon=2)
    for n_states, horizon in ((2, 2), (1, 2), (2, 1), (1, 1)):
        if n_states * n_actions**horizon <= _MOST_LISTED:
            return replace(fitting, n_states=n_states, horizon=horizon, successors=1)
    return replace(fitting, n_states=1, horizon=1, successors=1)


def observed(world: TabularMDP, obs_dim: int) -> TabularMDP:
    """The world with distinct observations of another length: numbers k/16 in [-1, 1]."""
    if obs_dim == world.obs_dim:
        return world
    rows, chosen = [], random.Random(obs_dim)
    while len(rows) < world.n_states:
        row = tuple(chosen.randint(-16, 16) / 16 for _ in range(obs_dim))
        if row not in rows:
            rows.append(row)
    return replace(world, observations=torch.tensor(rows, dtype=torch.float64))


def tables_of(own: BroughtNetworks, world: TabularMDP) -> tuple[Tensor, Tensor]:
    """(log pi, V) of the networks as they are, [S, A] and [S], without a graph."""
    with torch.no_grad():
        obs = world.observations.to(device_of(own.parameters))
        logits = own.modules()["policy"](obs).logits.to(torch.float64)
        values = torch.zeros(len(obs), dtype=torch.float64)
        if has_critic(own):
            values = own.value(obs).to(torch.float64)
    return logits.log_softmax(-1).cpu(), values.cpu()


def behaviour(
    logits: Float[Tensor, "S A"], near: bool, clip_eps: float | None
) -> Float[Tensor, "S A"]:
    """log pi_old so that ratios fall below, inside and above the clip range, and on no kink.

    One action of each state gets the ratio that is wanted there, the others share the rest:
        pi_old(f) = pi(f) / r,   pi_old(a) = pi(a) (1 - pi(f) / r) / (1 - pi(f)).

    Args:
        logits: log pi of the policy under training.
        near: whether ratios are to lie close to the ends of the range, on either side.
        clip_eps: the range.
    """
    eps = _DEFAULT_CLIP if clip_eps is None or not 0 < clip_eps < 1 else clip_eps
    ends = (1 - eps, 1 + eps)
    factors = (1.02, 0.98) if near else (1.0, 0.7)
    inside, outside = factors
    wanted = [ends[1] * (2 - outside), ends[0] * outside, 1 + eps / 5]
    if near:
        wanted = [ends[1] * inside, ends[0] * inside, ends[1] * outside, ends[0] * outside]
    rows = [
        _tilted(row, first, list(islice(cycle(wanted), state, state + len(wanted))), ends)
        for state, (row, first) in enumerate(zip(logits.exp(), cycle(range(logits.shape[1]))))
    ]
    return torch.stack(rows).log()


def _tilted(
    row: Float[Tensor, " A"], first: int, wanted: list[float], ends: tuple[float, float]
) -> Float[Tensor, " A"]:
    n = len(row)
    nudges = (1.0, 1.004, 0.996, 1.007, 0.993)
    for ratio, offset, nudge in product(wanted, range(n), nudges):
        action = (first + offset) % n
        share, rest = float(row[action]) / (ratio * nudge), 1 - float(row[action])
        if not 1e-6 < share < 0.95 or rest < 1e-6:
            continue
        old = row * (1 - share) / rest
        old[action] = share
        ratios = row / old
        if all(bool(((ratios - end).abs() > _KINK).all()) for end in ends):
            return old / old.sum()
    # A policy this peaked leaves no room: nearly deterministic, it samples as it is.
    return row
