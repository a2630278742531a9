"""J along repeated steps on the same data: of L^PG, and of the clipped objective."""

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import gae
from rlcheck.losses import a2c_loss, ppo_clip
from rlcheck.site.pictures.setting import Softmax, chain
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Stroke, figure
from rlcheck.worlds import Rollout, sample_episodes

HORIZON = 8
EPISODES = 6
BATCHES = 12
STEPS = 80
RATE = 1.0
EPS = 0.2


def objective_along_steps() -> str:
    """Each batch is one thin line; the mean over batches is the thick one."""
    plots = [
        _plot("L^PG", "repeated steps of L^PG", 2, policy_gradient_loss),
        _plot("L^CLIP", "repeated steps of L^CLIP", 1, clipped_loss),
    ]
    caption = (
        f"The exact J while {STEPS} steps of gradient ascent are taken on one batch of {EPISODES} "
        f"episodes (two-state chain, T = {HORIZON}), for {BATCHES} batches. L^PG has no reason to "
        "stop: it follows the batch's noise to a deterministic policy. The clipped objective goes "
        "as far as one batch can tell, and no further."
    )
    return figure(plots, caption, "objective-along-steps")


def policy_gradient_loss(logp: Tensor, logp_old: Tensor, advantages: Tensor) -> Tensor:
    """−mean(log π A): A2C's loss without its critic and without its entropy."""
    nothing = torch.zeros_like(advantages)
    return a2c_loss(logp, advantages, nothing, nothing, nothing, vf_coef=0.0, ent_coef=0.0)


def clipped_loss(logp: Tensor, logp_old: Tensor, advantages: Tensor) -> Tensor:
    """PPO's clipped objective."""
    return ppo_clip(logp, logp_old, advantages, EPS)


def _plot(name: str, description: str, colour: int, loss) -> Plot:  # noqa: ANN001
    paths = [path(loss, seed) for seed in range(BATCHES)]
    mean = [sum(column) / BATCHES for column in zip(*paths, strict=True)]
    thin = tuple(
        Curve(name="one batch", points=list(enumerate(one)), colour=colour, stroke=Stroke.THIN)
        for one in paths
    )
    return Plot(
        description=f"The exact objective along {description}.",
        x=Axis(label=f"steps of {name} on the same data"),
        y=Axis(label="exact J", ends=(0.0, 4.0)),
        curves=(*thin, Curve(name=f"{name}, mean", points=list(enumerate(mean)), colour=colour)),
        rules=(Rule(label="before", y=paths[0][0]),),
    )


def path(loss, seed: int) -> list[float]:  # noqa: ANN001
    """J before the first step and after each, on one batch."""
    world, policy = chain(HORIZON), Softmax()
    batch = sample_episodes(
        world, policy.table.detach(), EPISODES, torch.Generator().manual_seed(seed)
    )
    with torch.no_grad():
        logp_old = policy(batch.obs).log_prob(batch.actions)
    advantages, found = monte_carlo(batch, world.gamma), []
    optimiser = torch.optim.SGD(policy.parameters(), lr=RATE)
    for _ in range(STEPS):
        found.append(float(exact.objective(world, policy.table.detach())))
        optimiser.zero_grad()
        loss(policy(batch.obs).log_prob(batch.actions), logp_old, advantages).backward()
        optimiser.step()
    return found


def monte_carlo(batch: Rollout, gamma: float) -> Tensor:
    """Advantages as a batch gives them: reward to go, less its mean over the batch at each time."""
    nothing = torch.zeros_like(batch.rewards)
    to_go = gae(batch.rewards, nothing, nothing, batch.terminated, batch.truncated, gamma, 1.0)
    return to_go - to_go.mean(1, keepdim=True)
