"""How large rounding's share is in the gradient of somebody's own Gaussian networks, step by step.

A contribution is w A nabla log pi, with u_d = (a_d - mean_d) / std_d and

    log pi       = sum_d -u_d^2 / 2 - log std_d - log(2 pi) / 2
    nabla log pi = sum_d u_d / std_d nabla mean_d + (u_d^2 - 1) nabla log std_d.

Each rounding inside a network is a relative change of one of its parameters, and they are many and
independent: an output is off by c = (sum_i (theta_i d/dtheta_i)^2)^(1/2) roundings times a small
constant (Higham and Mary 2019; eight of them are fourteen deviations of a rounding that is uniform
in its interval). In that unit u_d is off by

    e_d = (|a_d| + |mean_d| + c(mean_d)) / std_d + |u_d| c(log std_d),

log pi, and with it the ratio, by l = sum_d |u_d| e_d + c(log std_d) and the sizes of its own terms,
and the score by o = sum_d |nabla mean_d| (e_d + |u_d| c(log std_d)) / std_d
+ 2 |nabla log std_d| |u_d| e_d. Of the two dozen operations that a floor allows for a contribution
eight lie inside the density (difference, square, variance, quotient, logarithm, two sums, the old
log pi), and only these are stretched: a third, which holds for the network's eight as well.

    policy: |score| (1 + l / 3) + o / 3,  entropy: |nabla entropy|,  value: |nabla V| (1 + c / 3)

The lengths are measured by autograd at every observation.
"""

import math
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.judges.tilt import gaussian_of
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.own import BroughtNetworks, has_critic
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std
from rlcheck.worlds.rollout import Rollout

_HALF_LOG_TWO_PI = math.log(2 * math.pi) / 2
_INSIDE = 8 / 24


@dataclass(frozen=True, kw_only=True, eq=False)
class Lengths:
    """Length of the gradient and condition of each output, at M observations: [M, 2 D + 1].

    The outputs are the D means, the D log deviations, and V.
    """

    gradient: Float[Tensor, "M K"]
    condition: Float[Tensor, "M K"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Shares:
    """What one unit of credit, of entropy and of value error may cost at each step."""

    policy: Float[Tensor, "T N"]
    entropy: Float[Tensor, "T N"]
    value: Float[Tensor, "T N"]


_KNOWN: WeakKeyDictionary[Rollout, tuple[Any, Shares]] = WeakKeyDictionary()


def shares_of_rounding(batch: Batch) -> Shares:
    """The shares of every step of a batch with networks of somebody's own.

    Measured once for each rollout: batches that differ in their credit alone have one in common.
    """
    own, rollout = batch.networks, batch.rollout
    known = _KNOWN.get(rollout)
    if known is None or known[0] is not own:
        assert isinstance(own, BroughtNetworks)
        known = _KNOWN[rollout] = (own, _shares(own, rollout))
    return known[1]


@torch.no_grad()
def _shares(own: BroughtNetworks, rollout: Rollout) -> Shares:
    mean, std = mean_and_std(gaussian_of(own, rollout.obs))
    u = (rollout.actions - mean) / std
    known, count = _lengths(own, rollout.obs), own.action.size
    j_mean, j_std, j_value = known.gradient.split([count, count, 1], dim=-1)
    c_mean, c_std, c_value = known.condition.split([count, count, 1], dim=-1)
    off = (rollout.actions.abs() + mean.abs() + c_mean) / std + u.abs() * c_std
    terms = u**2 / 2 + std.log().abs() + _HALF_LOG_TWO_PI
    logp_off = (u.abs() * off + c_std + terms).sum(-1)
    score = (j_mean * u.abs() / std + j_std * (u**2 - 1).abs()).sum(-1)
    score_off = (j_mean * (off + u.abs() * c_std) / std + 2 * j_std * u.abs() * off).sum(-1)
    return Shares(
        policy=score + _INSIDE * (score * logp_off + score_off),
        entropy=j_std.sum(-1),
        value=(j_value * (1 + _INSIDE * c_value)).squeeze(-1),
    )


_MEASURED: WeakKeyDictionary[BroughtNetworks, dict[tuple[float, ...], Tensor]] = WeakKeyDictionary()


def _lengths(own: BroughtNetworks, obs: Float[Tensor, "T N O"]) -> Lengths:
    """Measured once for each observation: worlds whose rollouts are all listed have few."""
    known = _MEASURED.setdefault(own, {})
    rows, index = obs.reshape(-1, obs.shape[-1]).unique(dim=0, return_inverse=True)
    for row in rows:
        key = tuple(row.tolist())
        if key not in known:
            known[key] = _measured(own, row)
    found = torch.stack([known[tuple(row.tolist())] for row in rows])[index]
    found = found.reshape(*obs.shape[:-1], *found.shape[1:]).to(obs.device)
    return Lengths(gradient=found[..., 0, :], condition=found[..., 1, :])


@torch.enable_grad()
def _measured(own: BroughtNetworks, row: Float[Tensor, " O"]) -> Float[Tensor, "2 K"]:
    parameters = list(own.parameters.values())
    mean, std = mean_and_std(gaussian_of(own, row[None]))
    value = own.value(row[None].to(own.dtype)) if has_critic(own) else mean.new_zeros(1)
    pairs = []
    for output in (*mean[0], *std[0].log(), value[0]):
        if not output.requires_grad:
            pairs.append((0.0, 0.0))
            continue
        found = torch.autograd.grad(output, parameters, allow_unused=True, retain_graph=True)
        reached = [(p, g) for p, g in zip(parameters, found, strict=True) if g is not None]
        length = sum(float((g.double() ** 2).sum()) for _, g in reached) ** 0.5
        condition = sum(float(((p.detach() * g).double() ** 2).sum()) for p, g in reached) ** 0.5
        pairs.append((length, condition))
    return torch.tensor(pairs, dtype=torch.float64).T
