"""The graph under a world: what leads to what, and the same graph unrolled in time."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def closure(start: Bool[Tensor, " S"], edges: Bool[Tensor, "S S"]) -> Bool[Tensor, " S"]:
    """All states that `start` leads to along `edges[from, to]`, itself included."""
    seen = start
    while True:
        more = seen | (edges & seen[:, None]).any(dim=0)
        if bool((more == seen).all()):
            return seen
        seen = more


def edges(
    transitions: Float[Tensor, "S A S"], policy_table: Float[Tensor, "S A"] | None
) -> Bool[Tensor, "S S"]:
    """Which states can follow which, under a policy or (None) under any policy whatever."""
    possible = transitions > 0
    if policy_table is not None:
        # Compared before they are multiplied: a product of two tiny ones is rounded to zero.
        possible = possible & (policy_table.detach().to(transitions.device) > 0)[:, :, None]
    return possible.any(dim=1)


def unrolled(table: Float[Tensor, "S A S"], horizon: int) -> Float[Tensor, "TS A TS"]:
    """A table over (s, a, s') as one over ((t, s), a, (t + 1, s')), zero elsewhere."""
    n_states, n_actions = table.shape[:2]
    layers = horizon + 1
    result = table.new_zeros(layers, n_states, n_actions, layers, n_states)
    rows = torch.arange(horizon, device=table.device)
    result[rows, :, :, rows + 1] = table
    return result.reshape(layers * n_states, n_actions, layers * n_states)
