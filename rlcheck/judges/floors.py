"""Rounding floors, computed: how far two right answers may lie apart.

A response is a sum of contributions, each the result of a chain of roundings. With u = eps/2 the
unit roundoff, a sum of n terms in any order errs by at most (n - 1) u sum|terms| (Higham 2002,
section 4.2); one contribution passes through at most 24 elementary operations on its way (network,
log-softmax, gather, exp, clip, products), of which exp and log may each err by 2 u, and through
a recursion of 3 operations a step when credit is computed inside. Both sides err, hence twice:

    floor = 2 u (n + 48 + 3 T) mass,   relative to the norm of the right answer,

where `mass` bounds sum|contributions| by the absolute sizes of everything that enters.
"""

import math

import torch
from torch import Tensor

from rlcheck.subjects.batch import Batch

EPS64 = torch.finfo(torch.float64).eps
EPS32 = torch.finfo(torch.float32).eps

_OPERATIONS = 48


def mass(batch: Batch) -> float:
    """A bound of sum|contributions| of one response on this batch (per mean over steps).

    The score has norm at most sqrt(2) for a softmax and is measured by the ratio's size off
    policy; credit is bounded by the rewards and values that it is made of, targets by themselves.
    """
    rollout = batch.rollout
    steps = float(batch.valid_steps.mean())
    credit = float(batch.advantages.abs().max() + batch.returns.abs().max())
    credit += float(rollout.rewards.abs().sum(0).max()) + 2 * float(batch.values.abs().max())
    credit += float(batch.values_old.abs().max()) + float(batch.next_values.abs().max())
    with torch.no_grad():
        new = batch.networks.logp(rollout.obs, rollout.actions)
        gap = ((new - batch.logp_old) * rollout.mask).cumsum(0)
        # Off policy a contribution weighs a step's ratio, or the product of several.
        ratio = float(gap.clamp(max=30).exp().max())
    coefficients = sum(abs(v) for k, v in batch.settings.items() if k.endswith("_coef"))
    return steps * max(ratio, 1.0) * (credit + 2) * (1 + coefficients)


def floor(batch: Batch, reference: Tensor, eps: float = EPS64) -> float:
    """The absolute floor of a comparison on this batch."""
    rollout = batch.rollout
    terms = math.ceil(math.log2(rollout.T * rollout.N + 1)) + rollout.T
    scale = max(mass(batch), float(reference.norm()))
    return eps * (terms + _OPERATIONS + 3 * rollout.T) * scale


def relative(error: float, reference: Tensor) -> float:
    """An error relative to the norm of the right answer (absolute where that is zero)."""
    norm = float(reference.norm())
    return error / norm if norm > 0 else error
