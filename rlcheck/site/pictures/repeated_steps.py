"""J along repeated steps on the same data: of L^PG, and of the clipped objective."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import constant_baseline, reward_to_go
from rlcheck.losses import a2c_loss, ppo_clip
from rlcheck.site.pictures.setting import Softmax
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Stroke, figure
from rlcheck.worlds import Rollout, sample_episodes
from rlcheck.worlds.gallery import vacuum_corridor

LOGITS = ((0.0, 1.0), (0.5, 0.0), (1.0, 0.0), (0.0, 0.0))
"""For each look of the corridor (left wall, in between, right wall, dirt): left and right."""

EPISODES = 16
BATCHES = 10
STEPS = 60
RATE = 1.0
EPS = 0.2


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """What one update sees."""

    rollout: Rollout
    logp_old: Tensor
    advantages: Tensor


BatchLoss = Callable[[Tensor, Batch], Tensor]


def objective_along_steps() -> str:
    """Each batch is one thin line; the mean over batches is the thick one."""
    plots = [
        _plot("L^PG", 2, policy_gradient_loss),
        _plot("L^CLIP", 1, clipped_loss),
    ]
    caption = (
        f"The exact J while {STEPS} steps of gradient ascent are taken on one batch of {EPISODES} "
        f"episodes, for {BATCHES} batches, in the vacuum cleaner's corridor: two of its cells look "
        "the same and want opposite actions, so that a policy must not become deterministic. "
        "L^PG has no reason to stop, and follows its batch's noise there. The clipped objective "
        "goes about as far as one batch can tell."
    )
    return figure(plots, caption, "objective-along-steps")


def policy_gradient_loss(logp: Tensor, batch: Batch) -> Tensor:
    """−mean(log π A): A2C's loss without its critic and without its entropy."""
    nothing = torch.zeros_like(batch.advantages)
    return a2c_loss(logp, batch.advantages, nothing, nothing, nothing, 0.0, 0.0, batch.rollout.mask)


def clipped_loss(logp: Tensor, batch: Batch) -> Tensor:
    """PPO's clipped objective."""
    return ppo_clip(logp, batch.logp_old, batch.advantages, EPS, mask=batch.rollout.mask)


def _plot(name: str, colour: int, loss: BatchLoss) -> Plot:
    paths = [path(loss, seed) for seed in range(BATCHES)]
    mean = [sum(column) / BATCHES for column in zip(*paths, strict=True)]
    thin = tuple(
        Curve(name="one batch", points=_numbered(one), colour=colour, stroke=Stroke.THIN)
        for one in paths
    )
    return Plot(
        description=f"The exact objective along repeated steps of {name}, for several batches.",
        x=Axis(label=f"steps of {name} on the same data"),
        y=Axis(label="exact J", ends=(-6.0, -2.0)),
        curves=(*thin, Curve(name=f"{name}, mean", points=_numbered(mean), colour=colour)),
        rules=(Rule(label="before", y=paths[0][0]),),
    )


def _numbered(values: list[float]) -> list[tuple[float, float]]:
    return [(float(step), value) for step, value in enumerate(values)]


def path(loss: BatchLoss, seed: int) -> list[float]:
    """J before the first step and after each, on one batch."""
    world, policy = vacuum_corridor(), Softmax(LOGITS)
    batch = sampled(policy, seed)
    optimiser, found = torch.optim.SGD(policy.parameters(), lr=RATE), []
    for _ in range(STEPS + 1):
        with torch.no_grad():
            found.append(float(exact.objective(world, exact.policy_table(policy, world))))
        optimiser.zero_grad()
        loss(policy(batch.rollout.obs).log_prob(batch.rollout.actions), batch).backward()
        optimiser.step()
    return found


def sampled(policy: Softmax, seed: int) -> Batch:
    """Episodes of the policy, with Monte Carlo advantages: reward to go, less its mean."""
    world, generator = vacuum_corridor(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        rollout = sample_episodes(world, exact.policy_table(policy, world), EPISODES, generator)
        logp_old = policy(rollout.obs).log_prob(rollout.actions)
    to_go = reward_to_go(
        rollout.rewards, world.gamma, rollout.terminated, rollout.truncated, rollout.mask
    )
    baseline = constant_baseline(to_go, rollout.mask)
    return Batch(rollout=rollout, logp_old=logp_old, advantages=to_go - baseline)
