"""How far a unit of each output of the networks can move the parameters: norms of gradients.

A response is sum_rows (coefficient of an output) x (gradient of that output). Floors need the
second factor, output by output and row by row; where differences are taken inside (softmax minus
one-hot, for the entropy over all actions), absolute terms are added up, not what is left of them.

For rlcheck's own networks these are closed forms: the softmax policy is linear in the observation
o, with e_a the one-hot action and pi the probabilities,

    log pi(a):    |e_a - pi| |o|
    entropy:      sum_a pi_a (|log pi_a| + 1) |e_a - pi| |o|
    KL(old || pi): sum_a (pi_a + old_a) (1 + |log pi_a - log old_a|) |e_a - pi| |o|
    Q(., a):      |o|
    V:            |o|, or 1 + |o| + |o|^2 >= |(1, o, o o^T)| where V is quadratic

and the Gaussian one is affine in o with a free log_std, with e = (a - mean) / std,

    log pi(a):    (|e| (1 + |o|) / std) + |e|^2 + D
    entropy:      sqrt(D)
    KL(old || pi): m (1 + |o|) / std + D + (old_std^2 + m^2) / std^2,   m = |mean| + |old mean|.

Networks that an implementation brings are measured, and taken twice: what cancels inside them is
not seen from outside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Independent, Normal

from rlcheck.judges.network_floors import shares_of_rounding
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import Networks, OwnNetworks
from rlcheck.subjects.own import has_critic
from rlcheck.subjects.recurrent import RecurrentNetworks
from rlcheck.subjects.unrolled import UnrolledNetworks
from rlcheck.worlds import Rollout

_TINY = 1e-300


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensitivity:
    """Norms of gradients, row by row, or one for all rows.

    Attributes:
        score: of log pi(a|s) at the actions taken.
        value: of V(s).
        entropy: of the entropy.
        divergence: of KL(pi_old || pi).
        action_value: of Q(s, a), at the step's own state and at its successor.
    """

    score: Float[Tensor, "*rows"]
    value: Float[Tensor, "*rows"]
    entropy: Float[Tensor, "*rows"]
    divergence: Float[Tensor, "*rows"]
    action_value: Float[Tensor, "*rows"]


_KNOWN: WeakKeyDictionary[Rollout, tuple[tuple[Any, ...], Sensitivity]] = WeakKeyDictionary()


def sensitivity(batch: Batch) -> Sensitivity:
    """The norms for the networks of a batch, [T, N] or one number for all rows.

    Computed once for each rollout: batches that differ in their credit alone have them in common.
    """
    given = (batch.networks, batch.policy_old, batch.logp_old)
    known = _KNOWN.get(batch.rollout)
    if known is None or any(a is not b for a, b in zip(known[0], given, strict=True)):
        known = _KNOWN[batch.rollout] = (given, _sensitivity(batch))
    return known[1]


def _sensitivity(batch: Batch) -> Sensitivity:
    if isinstance(batch.networks, UnrolledNetworks):
        return _measured_on_rows(batch, batch.networks)
    continuous = batch.rollout.actions.is_floating_point()
    if not isinstance(batch.networks, OwnNetworks):
        return _of_gaussian_networks(batch) if continuous else _measured(batch)
    with torch.no_grad():
        return _gaussian(batch) if continuous else _softmax(batch)


def _softmax(batch: Batch) -> Sensitivity:
    rollout, networks = batch.rollout, batch.networks
    assert isinstance(networks, OwnNetworks)
    obs = rollout.obs.to(torch.float64)
    size = obs.norm(dim=-1)
    pi = networks.policy(rollout.obs).probs.to(torch.float64)
    old = batch.policy_old(rollout.obs).probs.to(torch.float64)
    corner = (1 - 2 * pi + (pi**2).sum(-1, keepdim=True)).clamp(min=0).sqrt() * size[..., None]
    log_pi, log_old = pi.clamp(min=_TINY).log(), old.clamp(min=_TINY).log()
    return Sensitivity(
        score=corner.gather(-1, rollout.actions[..., None]).squeeze(-1),
        value=size,
        entropy=(pi * (log_pi.abs() + 1) * corner).sum(-1),
        divergence=((pi + old) * (1 + (log_pi - log_old).abs()) * corner).sum(-1),
        action_value=torch.maximum(size, rollout.next_obs.to(torch.float64).norm(dim=-1)),
    )


def _gaussian(batch: Batch) -> Sensitivity:
    rollout, networks = batch.rollout, batch.networks
    assert isinstance(networks, OwnNetworks)
    size = rollout.obs.norm(dim=-1)
    mean, std = _mean_and_std(networks.policy, rollout.obs)
    old_mean, old_std = _mean_and_std(batch.policy_old, rollout.obs)
    count, smallest = mean.shape[-1], std.amin(-1)
    squares = (((rollout.actions - mean) / std) ** 2).sum(-1)
    apart = (mean.abs() + old_mean.abs()).norm(dim=-1)
    return Sensitivity(
        score=squares.sqrt() * (1 + size) / smallest + squares + count,
        value=1 + size + size**2,
        entropy=torch.full_like(size, count**0.5),
        divergence=apart * (1 + size) / smallest
        + count
        + ((old_std**2).sum(-1) + apart**2) / smallest**2,
        action_value=torch.zeros_like(size),
    )


def _mean_and_std(policy: torch.nn.Module, obs: Tensor) -> tuple[Tensor, Tensor]:
    distribution = policy(obs)
    assert isinstance(distribution, Independent)
    assert isinstance(distribution.base_dist, Normal)
    return distribution.base_dist.loc, distribution.base_dist.scale


def _of_gaussian_networks(batch: Batch) -> Sensitivity:
    """Measured at every observation; what is rounded inside the density is in it."""
    shares = shares_of_rounding(batch)
    with torch.no_grad():
        logp = batch.networks.logp(batch.rollout.obs, batch.rollout.actions)
    ratio = (logp - batch.logp_old).clamp(max=30).exp()
    return Sensitivity(
        score=shares.policy, value=shares.value, entropy=shares.entropy,
        # A divergence weighs as much as a ratio.
        divergence=shares.policy * (1 + ratio),
        action_value=torch.zeros_like(ratio),
    )  # fmt: skip


_MEASURED: WeakKeyDictionary[Networks | RecurrentNetworks, Sensitivity] = WeakKeyDictionary()


def _measured(batch: Batch) -> Sensitivity:
    """Twice the longest gradients at every observation and action of the first batch seen."""
    networks = batch.networks
    if networks not in _MEASURED:
        longest = {"score": 0.0, "value": 0.0, "entropy": 0.0, "action_value": 0.0}
        for head, output in _outputs(batch):
            longest[head] = max(longest[head], 2 * _length(output, networks))
        # |pi - old| and its logarithm: at most twice a score, by each of a handful of actions.
        numbers = {**longest, "divergence": 4 * longest["score"]}
        _MEASURED[networks] = Sensitivity(
            **{head: torch.tensor(number, dtype=torch.float64) for head, number in numbers.items()}
        )
    return _MEASURED[networks]


_FEW = 3


def _measured_on_rows(batch: Batch, networks: UnrolledNetworks) -> Sensitivity:
    """As `_measured`, for networks with a memory: at every step of a few rollouts."""
    if networks.recurrent not in _MEASURED:
        columns = torch.linspace(0, batch.rollout.N - 1, _FEW).round().to(torch.int64).unique()
        few = batch.select(columns.to(batch.rollout.rewards.device))
        obs, actions = few.rollout.obs.to(networks.dtype), few.rollout.actions
        longest = {"action_value": 0.0}
        for head, output in (
            ("score", few.networks.logp(obs, actions)), ("value", few.networks.value(obs)),
            ("entropy", few.networks.entropy(obs)),
        ):  # fmt: skip
            longest[head] = 2 * max(_length(one, networks, keep=True) for one in output.flatten())
        numbers = {**longest, "divergence": 4 * longest["score"]}
        _MEASURED[networks.recurrent] = Sensitivity(
            **{head: torch.tensor(number, dtype=torch.float64) for head, number in numbers.items()}
        )
    return _MEASURED[networks.recurrent]


def _outputs(batch: Batch) -> Iterator[tuple[str, Tensor]]:
    networks, rollout = batch.networks, batch.rollout
    actions = rollout.actions[rollout.mask].unique()
    q_fn = networks.modules().get("q_fn")
    for row in rollout.obs[rollout.mask].unique(dim=0):
        for action in actions:
            yield "score", networks.logp(row[None], action[None])
        yield "entropy", networks.entropy(row[None])
        if has_critic(networks):
            yield "value", networks.value(row[None])
        if q_fn is not None:
            yield from (("action_value", q_fn(row[None])[..., action]) for action in actions)


def _length(output: Tensor, networks: Networks, keep: bool = False) -> float:
    if not output.requires_grad:
        return 0.0
    found = torch.autograd.grad(
        output.sum(), list(networks.parameters.values()), allow_unused=True, retain_graph=keep
    )
    return sum(float((g.to(torch.float64) ** 2).sum()) for g in found if g is not None) ** 0.5
