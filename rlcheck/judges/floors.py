"""Rounding floors, computed: how far two right answers may lie apart.

A response is a sum of contributions, each the result of a chain of roundings. With u = eps/2 the
unit roundoff, a sum of n terms in any order errs by at most (n - 1) u sum|terms| (Higham 2002,
section 4.2); one contribution passes through at most 24 elementary operations on its way (network,
log-softmax, gather, exp, clip, products), of which exp and log may each err by 2 u, and through
a recursion of 3 operations a step when credit is computed inside. Both sides err, hence twice:

    floor = 2 u (n + 48 + 3 T) mass,   relative to the norm of the right answer,

where `mass` bounds sum|contributions| by the absolute sizes of everything that enters.
"""

import itertools
import math
from typing import Literal

import torch
from torch import Tensor

from rlcheck.judges.sensitivity import sensitivity
from rlcheck.judges.step_floors import step_floor
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.own import has_action_values, has_critic

EPS64 = torch.finfo(torch.float64).eps
EPS32 = torch.finfo(torch.float32).eps

_OPERATIONS = 48

Words = frozenset[str] | None
"""The words that an implementation asks for; None where anything may enter its answer."""

Gives = Literal["loss", "array", "number", "step"]

_VALUES = {"values", "next_values", "last_values", "values_new", "value_fn", "agent"}
_VALUE_FUNCTION = {"values_new", "value_fn", "agent"}


def mass(
    batch: Batch,
    words: Words = None,
    shares: Tensor | None = None,
    credit: Tensor | None = None,
) -> float:
    """A bound of sum|contributions| of one response on this batch.

        1/n sum_t ( w_t c_t |score_t| + 2 vf_coef (e_t + |V_t|) |grad V_t|
                    + ent_coef |grad H_t| + kl_coef |grad KL_t| )

    or, where action values are trained, 4 (|r_t| + |Q| + |Q'|) |grad Q|.

    w_t is the most that a step can weigh: one, its ratio, or (where rewards are read) a product
    of the ratios up to it. c_t and e_t add up the absolute sizes of whatever its credit and its
    value target can be made of: what is handed over ready has no parts that could cancel.
    n counts steps where credit is handed over, for the mean over steps is then what is promised,
    and rollouts elsewhere. Of all rollouts of a world, the weighted mean is what an expectation
    adds up, the plain one what a call does: the larger of both, unless shares are given.

    Args:
        batch: what is responded to.
        words: what may enter the response.
        shares: of each rollout in a weighted mean.
        credit: c_t, where something is done to credit that rounding is carried through.
    """
    rollout = batch.rollout
    mask = rollout.mask.to(torch.float64)
    if has_action_values(batch.networks):
        each, handed_over = _of_action_values(batch), True
    else:
        each, handed_over = _of_policy(batch, words, credit), False
    # A padded slot may hold anything, and its norms be infinite.
    by_rollout = torch.where(rollout.mask, each.expand(mask.shape), 0.0).sum(0)
    handed_over |= words is not None and "rewards" not in words
    plain = float(by_rollout.sum() / (mask.sum() if handed_over else rollout.N))
    if shares is not None:
        return float(by_rollout @ shares.to(by_rollout))
    if rollout.probability is None:
        return plain
    return max(plain, float(by_rollout @ rollout.probability.to(by_rollout)))


def _of_policy(batch: Batch, words: Words, credit: Tensor | None) -> Tensor:
    """Step by step, where a policy or a value function is trained."""
    with torch.no_grad():
        weight, new_values = _weight(batch, words), _new_values(batch, words)
    norms, settings = sensitivity(batch), batch.settings
    credit = credit_sizes(batch, words) if credit is None else credit
    error = _value_error(batch, words) + new_values
    each = weight * credit * norms.score
    if words is None or words & _VALUE_FUNCTION or "vf_coef" in settings:
        each = each + 2 * abs(settings.get("vf_coef", 1.0)) * error * norms.value
    each = each + abs(settings.get("ent_coef", 0.0)) * norms.entropy
    return each + abs(settings.get("kl_coef", 0.0)) * norms.divergence


@torch.no_grad()
def _of_action_values(batch: Batch) -> Tensor:
    """Step by step, where action values are trained: 2 (|r| + |y| + |Q|) (|grad Q| + |grad Q'|).

    The second gradient is that of the successor, through which a target that is not held fixed
    would be differentiated.
    """
    rollout, q_fn = batch.rollout, batch.networks.modules()["q_fn"]
    sizes = batch.rollout.rewards.abs()
    networks = [q_fn] if batch.target_q_fn is None else [q_fn, batch.target_q_fn]
    for network, obs in itertools.product(networks, (rollout.obs, rollout.next_obs)):
        sizes = sizes + network(obs).to(torch.float64).abs().amax(-1)
    return 4 * sizes * sensitivity(batch).action_value


def _weight(batch: Batch, words: Words) -> Tensor:
    rollout = batch.rollout
    new = batch.networks.logp(rollout.obs, rollout.actions)
    gap = torch.where(rollout.mask, new - batch.logp_old, 0.0)
    if words is None or "rewards" in words:
        gap = torch.maximum(gap, gap.cumsum(0))
    return gap.clamp(min=0, max=30).exp()


def _new_values(batch: Batch, words: Words) -> Tensor:
    if not has_critic(batch.networks):
        return torch.zeros_like(batch.values)
    return batch.networks.value(batch.rollout.obs).abs().to(batch.values)


def credit_sizes(batch: Batch, words: Words) -> Tensor:
    """The absolute sizes of what a step's credit can be made of, added up."""
    if words is not None and "advantages" in words:
        return batch.advantages.abs()
    return _parts(batch, words)


def _value_error(batch: Batch, words: Words) -> Tensor:
    """The absolute sizes of what a step's value target can be made of, added up."""
    if words is not None and "returns" in words:
        stored = batch.values_old.abs() if "values_old" in words else 0.0
        return batch.returns.abs() + stored
    return _parts(batch, words)


def _parts(batch: Batch, words: Words) -> Tensor:
    rewards = batch.rollout.rewards.abs().sum(0)
    parts = {
        "advantages": batch.advantages.abs(),
        "returns": batch.returns.abs(),
        "rewards": rewards.expand_as(batch.advantages),
        "values_old": batch.values_old.abs(),
    }
    total = torch.zeros_like(batch.advantages)
    for word, size in parts.items():
        if words is None or word in words:
            total = total + size
    if words is None or words & _VALUES:
        total = total + 2 * batch.values.abs() + batch.next_values.abs()
    return total


def array_mass(batch: Batch, words: Words = None) -> float:
    """The same for an array of credits: every slot is an answer of its own, and none is averaged.

    sum_t ( c_t + |V_t| ): the norm of the array's error is at most the sum of its slots'.
    """
    parts = _parts(batch, words) + batch.values.abs()
    return float(torch.where(batch.rollout.mask, parts, 0.0).sum())


def floor(
    batch: Batch,
    reference: Tensor,
    eps: float = EPS64,
    words: Words = None,
    gives: Gives = "loss",
    shares: Tensor | None = None,
    credit: Tensor | None = None,
) -> float:
    """The absolute floor of a comparison on this batch.

    Args:
        batch: what both sides were given.
        reference: the right answer.
        eps: of the precision that is computed in.
        words: what may enter the answer.
        gives: what is compared: the gradient of a loss, an array, a number, or a step.
        shares: of each rollout, where an expectation is compared and most weigh next to nothing.
        credit: sizes of what a step's credit is made of, where they are not those of the batch.
    """
    # Networks of somebody's own that compute in float32 round for both sides.
    if getattr(batch.networks, "dtype", torch.float64) == torch.float32:
        eps = max(eps, EPS32)
    if gives == "step":
        return step_floor(batch, eps, words)
    loss = gives == "loss"
    contributions = mass(batch, words, shares, credit) if loss else array_mass(batch, words)
    scale = max(contributions, float(reference.norm()))
    return eps * roundings(batch) * scale


def roundings(batch: Batch) -> float:
    """How many units of eps the size of what enters may be off by, on both sides together."""
    rollout = batch.rollout
    terms = math.ceil(math.log2(rollout.T * rollout.N + 1)) + rollout.T
    return terms + _OPERATIONS + 3 * rollout.T


def relative(error: float, reference: Tensor) -> float:
    """An error relative to the norm of the right answer (absolute where that is zero)."""
    norm = float(reference.norm())
    return error / norm if norm > 0 else error
