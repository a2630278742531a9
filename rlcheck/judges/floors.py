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
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from rlcheck.judges.network_floors import shares_of_rounding
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks, OwnNetworks
from rlcheck.subjects.own import has_critic

EPS64 = torch.finfo(torch.float64).eps
EPS32 = torch.finfo(torch.float32).eps

_OPERATIONS = 48


Words = frozenset[str] | None
"""The words that an implementation asks for; None where anything may enter its answer."""

_VALUES = {"values", "next_values", "last_values", "values_new", "value_fn", "agent"}


def mass(batch: Batch, words: Words = None, shares: Tensor | None = None) -> float:
    """A bound of sum|contributions| of one response on this batch, per rollout.

        mean over rollouts of sum_t w_t (c_t + 2) (1 + sum of coefficients)

    w_t is the most that a step can weigh: one, its ratio, or (where rewards are read) a product
    of the ratios up to it;
    c_t adds up the absolute size of whatever its credit can be made of. The score has norm at most
    sqrt(2) for a softmax; what multiplies it for a Gaussian is `_gaussian_score`, for networks of
    somebody's own `_sensitivity`. Continuous networks of somebody's own have a bound of their own.

    Args:
        batch: what is responded to.
        words: what may enter the response.
        shares: of each rollout in a weighted mean; equal ones by default.
    """
    rollout, mask = batch.rollout, batch.rollout.mask
    with torch.no_grad():
        new = batch.networks.logp(rollout.obs, rollout.actions)
        gap = (new - batch.logp_old) * mask
        if words is None or "rewards" in words:
            gap = torch.maximum(gap, gap.cumsum(0))
        weight = gap.clamp(min=0, max=30).exp()
    continuous = rollout.actions.is_floating_point()
    brought = not isinstance(batch.networks, OwnNetworks)
    if continuous and brought:
        each = _of_networks(batch, words, weight)
    else:
        coefficients = sum(abs(v) for k, v in batch.settings.items() if k.endswith("_coef"))
        each = weight * (_credit(batch, words) + 2) * (1 + coefficients) * _sensitivity(batch)
    per_rollout = (each * mask).sum(0)
    found = float(per_rollout.mean() if shares is None else per_rollout @ shares)
    return found * _gaussian_score(batch, new) if continuous and not brought else found


def _of_networks(batch: Batch, words: Words, weight: Tensor) -> Tensor:
    """w_t c_t for the policy, and the other terms by their coefficients, at each step.

    A given advantage is all the credit that there is; the value error is made of V, the target and
    the stored V; a divergence weighs as much as a ratio.
    """
    given = words is not None and "advantages" in words
    credit = batch.advantages.abs() if given else _credit(batch, words)
    rounding, settings = shares_of_rounding(batch), batch.settings
    vf, ent, kl = (abs(settings.get(f"{name}_coef", 0.0)) for name in ("vf", "ent", "kl"))
    wrong: Tensor | float = 0.0
    if vf and has_critic(batch.networks):
        with torch.no_grad():
            values = batch.networks.value(batch.rollout.obs).abs()
        wrong = 2 * (values + batch.returns.abs() + batch.values_old.abs())
    policy = (weight * credit + kl * (1 + weight)) * rounding.policy
    return policy + vf * wrong * rounding.value + ent * rounding.entropy


def _credit(batch: Batch, words: Words) -> Tensor:
    """The absolute sizes of what a step's credit can be made of, added up."""
    to_go = batch.rollout.rewards.abs().flip(0).cumsum(0).flip(0)
    parts = {
        "advantages": batch.advantages.abs(),
        "returns": batch.returns.abs(),
        "rewards": to_go,
        "values_old": batch.values_old.abs(),
    }
    credit = torch.zeros_like(batch.advantages)
    for word, size in parts.items():
        if words is None or word in words:
            credit = credit + size
    if words is None or words & _VALUES:
        credit = credit + 2 * batch.values.abs() + batch.next_values.abs()
    return credit


def _gaussian_score(batch: Batch, logp: Tensor) -> float:
    """How large the score of a Gaussian and the features of a quadratic value function may be.

    With e = (a - mean) / std: |e|^2 by log_std, |e| (1 + |o|) / std by the mean's weights, and
    (1 + |o|)^2 for the value. |e|^2 = D - 2 (H + log pi), and std is taken from the entropy.
    """
    rollout, mask = batch.rollout, batch.rollout.mask
    count = rollout.actions.shape[-1]
    with torch.no_grad():
        entropy = batch.networks.entropy(rollout.obs)
    squares = float((count - 2 * (entropy + logp))[mask].max())
    std = math.exp(float(entropy[mask].min()) / count - 0.5 * math.log(2 * math.pi * math.e))
    size = 1 + float(rollout.obs.abs().max())
    return max(1.0, squares + count, math.sqrt(max(squares, 1.0)) * size / std, size**2)


_SENSITIVITIES: WeakKeyDictionary[Networks, float] = WeakKeyDictionary()


def _sensitivity(batch: Batch) -> float:
    """How much longer gradients of log pi, entropy and V can be than those of a softmax table.

    The networks are the implementation's own: measured at every observation and action of the
    first batch that is seen with them, and taken twice.
    """
    networks = batch.networks
    if isinstance(networks, OwnNetworks):
        return 1.0
    if networks not in _SENSITIVITIES:
        _SENSITIVITIES[networks] = max(1.0, 2 * _longest_gradient(batch))
    return _SENSITIVITIES[networks]


def _longest_gradient(batch: Batch) -> float:
    networks, rollout = batch.networks, batch.rollout
    obs = rollout.obs[rollout.mask].unique(dim=0)
    actions = rollout.actions[rollout.mask].unique()
    parameters, longest = list(networks.parameters.values()), 0.0
    for row in obs:
        outputs = [networks.logp(row[None], action[None]) for action in actions]
        outputs.append(networks.entropy(row[None]))
        if has_critic(networks):
            outputs.append(networks.value(row[None]))
        for output in filter(lambda output: output.requires_grad, outputs):
            found = torch.autograd.grad(output.sum(), parameters, allow_unused=True)
            squares = [float((g.to(torch.float64) ** 2).sum()) for g in found if g is not None]
            longest = max(longest, sum(squares) ** 0.5)
    return longest


def floor(
    batch: Batch,
    reference: Tensor,
    eps: float = EPS64,
    words: Words = None,
    shares: Tensor | None = None,
) -> float:
    """The absolute floor of a comparison on this batch.

    Args:
        batch: what is responded to.
        reference: the right answer.
        eps: of the precision.
        words: what may enter the answer.
        shares: of each rollout, where an expectation is compared; else all count the same.
    """
    rollout = batch.rollout
    terms = math.ceil(math.log2(rollout.T * rollout.N + 1)) + rollout.T
    # Networks of somebody's own that compute in float32 round for both sides.
    if getattr(batch.networks, "dtype", torch.float64) == torch.float32:
        eps = max(eps, EPS32)
    scale = max(mass(batch, words, shares), float(reference.norm()))
    return eps * (terms + _OPERATIONS + 3 * rollout.T) * scale


def relative(error: float, reference: Tensor) -> float:
    """An error relative to the norm of the right answer (absolute where that is zero)."""
    norm = float(reference.norm())
    return error / norm if norm > 0 else error
