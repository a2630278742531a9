"""Every episode of a small random problem, for expectations that are plain sums."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import torch

from tests.power.handmade import N_ACTIONS, N_STATES, HandBatch, make_batch


def enumerated(seed: int, *, moved: float) -> Iterator[tuple[float, HandBatch]]:
    """Every episode of a random two-step problem by itself, with its probability under pi_old."""
    g = torch.Generator().manual_seed(seed)
    like = make_batch(seed, "whole", moved=moved)
    start, move = (
        torch.rand(shape, generator=g, dtype=torch.float64) for shape in ((2,), (2, N_ACTIONS, 2))
    )
    start, move = start / start.sum(), move / move.sum(-1, keepdim=True)
    tables = torch.randn((3, 2, N_STATES, N_ACTIONS), generator=g, dtype=torch.float64)
    value = torch.randn((3, N_STATES), generator=g, dtype=torch.float64)
    eye = torch.eye(N_STATES, dtype=torch.float64)
    old = like.policy_old(eye).probs
    for s, a, z, b in product(*(range(n) for n in (2, N_ACTIONS) * 2)):
        probability = start[s] * old[s, a] * move[s, a, z] * old[z, b]
        states, actions = torch.tensor([[s], [z]]), torch.tensor([[a], [b]])
        rows = torch.arange(2).unsqueeze(1)
        last = rows == 1
        arrays = {"obs": eye[states], "next_obs": eye[torch.tensor([[z], [0]])]}
        arrays |= {"actions": actions, "mask": rows >= 0, "steps": rows}
        arrays |= {"terminated": last, "truncated": rows < 0}
        names = ("rewards", "advantages", "returns")
        arrays |= {n: tables[i, rows, states, actions] for i, n in enumerate(names)}
        arrays |= {"values": value[0][states], "values_old": value[1][states]}
        arrays["next_values"] = value[0][torch.tensor([[z], [0]])]
        arrays["logp_old"] = like.policy_old(eye[states]).log_prob(actions)
        yield float(probability), replace(like, arrays=arrays)
