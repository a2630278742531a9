"""Batches on which no part of a step may be taken: whatever a line search tries, it must go back.

With discrete actions: two features of one sign, o = 2 A where action 1 was taken with advantage 1,
o = 1 where action 0 was with advantage A. To first order the former pulls more; far away the
policy takes action 1 at both, and mean(ratio advantage) falls from (A + 1) / 2 to A / 2.

With normal ones: every action lies one deviation from its mean, every advantage is positive. Far
away no action that was taken is likely any more, and mean(ratio advantage) falls to nothing.

A large max_kl makes every part of the step lie far away. That none improves is computed, not hoped.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from rlcheck.judges.structural.trial import NotTried
from rlcheck.subjects.batch import Batch
from rlcheck.subjects.networks import OwnNetworks, SoftmaxPolicy
from rlcheck.variants.step_problem import problem_of
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

MAX_KL = 2.0**32
# Ten parts that are halved each time, and ten that hardly shrink.
_PARTS = [0.5**j for j in range(12)] + [0.75**j for j in range(24)]


def refusing(batch: Batch, asks: frozenset[str], own: bool) -> Batch:
    """The batch with other observations or actions, advantages and max_kl: no part improves.

    Args:
        batch: whose shape and settings are kept.
        asks: what the implementation asks for.
        own: whether the networks are the implementation's own.

    Raises:
        NotTried: max_kl is not ours to choose, or its networks are not, and then it cannot be
            known that no part would improve.
    """
    if "max_kl" not in asks:
        raise NotTried(
            "its max_kl is not ours to choose, and some part of a step of that length improves"
        )
    if own:
        raise NotTried("its networks are its own: some part of a step may always improve")
    continuous = batch.rollout.actions.is_floating_point()
    made = _one_deviation_away(batch) if continuous else _two_features(batch)
    problem = problem_of(made)
    step = problem.solve(problem.gradient, made.settings["damping"])
    length = (2 * MAX_KL / (step @ (problem.gradient))).sqrt()
    if any(problem.improvement(part * length * step) >= 0 for part in _PARTS):
        raise NotTried("on its batches some part of a step improves, however far it goes")
    return made


def _two_features(batch: Batch) -> Batch:
    rollout = batch.rollout
    pulls = (torch.arange(rollout.T * rollout.N, device=rollout.obs.device) % 2).reshape(
        rollout.T, rollout.N
    )
    with torch.no_grad():
        there = batch.networks.modules()["policy"](rollout.obs)
    assert isinstance(there, Categorical)
    count = there.logits.shape[-1]
    obs = torch.zeros_like(rollout.obs)
    obs[..., 0] = torch.where(pulls == 1, 2.0 * count, 1.0)
    policy = _uniform(rollout.obs.shape[-1], count).to(rollout.obs.device)
    assert isinstance(batch.networks, OwnNetworks)
    logp = torch.full_like(batch.logp_old, 1.0 / count).log()
    return replace(
        batch,
        rollout=replace(rollout, obs=obs, actions=pulls),
        networks=replace(batch.networks, policy=policy),
        policy_old=_uniform(rollout.obs.shape[-1], count).to(obs.device).requires_grad_(False),
        logp_old=logp,
        advantages=torch.where(pulls == 1, 1.0, float(count)).to(torch.float64),
        settings={**batch.settings, "max_kl": MAX_KL},
    )


def _uniform(width: int, count: int) -> nn.Module:
    linear = nn.Linear(width, count, bias=False, dtype=torch.float64)
    nn.init.zeros_(linear.weight)
    return SoftmaxPolicy(linear)


def _one_deviation_away(batch: Batch) -> Batch:
    rollout = batch.rollout
    with torch.no_grad():
        distribution = batch.policy_old(rollout.obs)
        mean, std = mean_and_std(distribution)
        signs = _alternating(mean)
        actions = mean + signs * std
        logp = distribution.log_prob(actions)
    credit = torch.where(signs[..., 0] > 0, 2.0, 1.0).to(torch.float64)
    return replace(
        batch,
        rollout=replace(rollout, actions=actions),
        logp_old=logp,
        advantages=credit,
        settings={**batch.settings, "max_kl": MAX_KL},
    )


def _alternating(like: Tensor) -> Tensor:
    steps = torch.arange(like[..., 0].numel(), device=like.device).reshape(like.shape[:-1])
    return (1.0 - 2.0 * (steps % 2).to(like.dtype))[..., None].expand_as(like)
