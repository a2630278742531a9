"""Synchronous advantage actor-critic: one gradient step for each short rollout.

    run pi for T steps in N environments                                               (1)
    R_t = the n-step return, bootstrapped with V of the last successor                 (2)
    dtheta = nabla mean( -log pi(a_t|s_t) (R_t - V(s_t)) + c_1 (V - R_t)^2 - c_2 H )   (3)

Mnih et al. (2016), Algorithm S3, with all workers in step. With lambda = 1 the advantages of
`experience` are R_t - V(s_t).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import nn

from rlcheck import losses
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.experience import Experience, collect, with_advantages
from rlcheck.algorithms.networks import DiscreteActorCritic, GaussianActorCritic, make_networks


@dataclass(frozen=True, kw_only=True)
class A2C:
    """Settings.

    Attributes:
        n_steps: T of one rollout.
        learning_rate: RMSprop's.
        gamma: discount.
        gae_lambda: 1 gives n-step returns, as published.
        vf_coef: weight of the critic's squared error.
        ent_coef: weight of the entropy.
        max_grad_norm: the gradient is shortened to it; None leaves it.
    """

    n_steps: int = 5
    learning_rate: float = 7e-4
    gamma: float = 0.99
    gae_lambda: float = 1.0
    vf_coef: float = 0.5
    ent_coef: float = 0.0
    max_grad_norm: float | None = 0.5


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while A2C learns.

    Attributes:
        networks: actor and critic.
        settings: of the algorithm.
        generator: of everything random, but the environments.
        optimizer: RMSprop over all parameters, its eps inside no root.
    """

    networks: DiscreteActorCritic | GaussianActorCritic
    settings: A2C
    generator: torch.Generator
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.RMSprop(
            self.networks.parameters(), lr=self.settings.learning_rate, alpha=0.99, eps=1e-5,
            foreach=True,
        )  # fmt: skip

    def update(self, experience: Experience) -> None:
        """Step (3): one step on all of it."""
        settings = self.settings
        new = self.networks.evaluate(experience.obs, experience.actions)
        loss = losses.a2c_loss(
            new.logp, experience.advantages, new.values, experience.returns, new.entropy,
            settings.vf_coef, settings.ent_coef,
        )  # fmt: skip
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if settings.max_grad_norm is not None:
            nn.utils.clip_grad_norm_(self.networks.parameters(), settings.max_grad_norm)
        self.optimizer.step()


def train(
    environments: Environments, settings: A2C, steps: int, seed: int = 0
) -> Iterator[tuple[Learner, Experience]]:
    """Learns for at least so many steps of the environments, in whole rollouts.

    Args:
        environments: N copies.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of networks, actions and environments.

    Yields:
        After each update the learner, and the experience that it was taken on.
    """
    generator = torch.Generator().manual_seed(seed)
    networks = make_networks(environments.obs_size, environments.actions, seed)
    learner = Learner(networks=networks, settings=settings, generator=generator)
    obs = environments.reset(seed)
    for _ in range(-(-steps // (settings.n_steps * environments.count))):
        segment = collect(environments, networks, obs, settings.n_steps, generator)  # (1)
        experience = with_advantages(segment, networks, settings.gamma, settings.gae_lambda)  # (2)
        obs = segment.last_obs
        learner.update(experience)
        yield learner, experience
