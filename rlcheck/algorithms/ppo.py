"""Proximal policy optimisation: Algorithm 1 of Schulman et al. (2017), actor-critic style.

    for iteration = 1, 2, ...
      for actor = 1, ..., N                                                            (1)
        run pi_old in the environment for T steps                                      (2)
        compute advantage estimates A_1, ..., A_T                                      (3)
      optimise the surrogate L wrt theta, K epochs, minibatch size M <= N T            (4)
      theta_old <- theta                                                               (5)

Two surrogates: the clipped one (eq. 9), and the penalised one (eq. 8) whose coefficient follows the
divergence that it caused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from rlcheck import losses
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.experience import Experience, collect, with_advantages
from rlcheck.algorithms.networks import DiscreteActorCritic, GaussianActorCritic, make_networks
from rlcheck.errors import InvalidArgument
from rlcheck.steps import adaptive_kl

Networks = DiscreteActorCritic | GaussianActorCritic
"""What PPO trains."""


@dataclass(frozen=True, kw_only=True)
class PPO:
    """Settings.

    Attributes:
        surrogate: "clip", or "penalty" with an adaptive coefficient.
        n_steps: T of one rollout.
        epochs: K.
        minibatch: M, in transitions.
        learning_rate: Adam's.
        gamma: discount.
        gae_lambda: lambda of the advantages.
        clip_eps: eps of the clipped surrogate.
        kl_target: of the penalised one.
        vf_coef: weight of the critic's squared error.
        ent_coef: weight of the entropy.
        max_grad_norm: the gradient is shortened to it; None leaves it.
        whiten: whether each minibatch's advantages are whitened: a convention, which makes the
            update's expectation that of no objective.
        stop_at_kl: ends an update once the mean divergence is beyond it; None never does.
    """

    surrogate: Literal["clip", "penalty"] = "clip"
    n_steps: int = 128
    epochs: int = 4
    minibatch: int = 256
    learning_rate: float = 2.5e-4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip_eps: float = 0.2
    kl_target: float = 0.01
    vf_coef: float = 0.5
    ent_coef: float = 0.0
    max_grad_norm: float | None = 0.5
    whiten: bool = True
    stop_at_kl: float | None = None

    def __post_init__(self) -> None:
        for name in ("n_steps", "epochs", "minibatch"):
            if getattr(self, name) < 1:
                raise InvalidArgument.of(name, getattr(self, name), "too few", "1 or more")
        if self.surrogate not in ("clip", "penalty"):
            raise InvalidArgument.of("surrogate", self.surrogate, "no such one", "clip or penalty")


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while PPO learns.

    Attributes:
        networks: actor and critic.
        settings: of the algorithm.
        generator: of everything random, but the environments.
        kl_coef: beta of the penalty, for the next update.
        optimizer: Adam over all parameters.
    """

    networks: Networks
    settings: PPO
    generator: torch.Generator
    kl_coef: float = 1.0
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.Adam(
            self.networks.parameters(), lr=self.settings.learning_rate, eps=1e-5
        )

    def update(self, experience: Experience) -> int:
        """Steps (4) and (5): K epochs of minibatches; returns how many steps were taken."""
        settings, taken = self.settings, 0
        with torch.no_grad():
            described = self.networks.described(experience.obs)
        for _ in range(settings.epochs):
            for rows in self._minibatches(len(experience)):
                self.optimizer.zero_grad(set_to_none=True)
                self._loss(experience[rows], described[rows]).backward()
                if settings.max_grad_norm is not None:
                    nn.utils.clip_grad_norm_(self.networks.parameters(), settings.max_grad_norm)
                self.optimizer.step()
                taken += 1
            if self._has_gone_far(experience, described):
                break
        if settings.surrogate == "penalty":
            divergence = self._divergence(experience, described)
            self.kl_coef = adaptive_kl(self.kl_coef, divergence, settings.kl_target)
        return taken

    def _minibatches(self, size: int) -> Iterator[Tensor]:
        order = torch.randperm(size, generator=self.generator, device=self.generator.device)
        return iter(order.split(self.settings.minibatch))

    def _loss(self, batch: Experience, described: Tensor) -> Tensor:
        settings, credit = self.settings, batch.advantages
        if settings.whiten and len(batch) > 1:
            credit = (credit - credit.mean()) / (credit.std() + 1e-8)
        new = self.networks.evaluate(batch.obs, batch.actions)
        if settings.surrogate == "clip":
            return losses.ppo_loss(
                new.logp, batch.logp_old, credit, new.values, batch.returns, new.entropy,
                settings.clip_eps, settings.vf_coef, settings.ent_coef,
            )  # fmt: skip
        kl = self.networks.divergence(batch.obs, described)
        return (
            losses.cpi(new.logp, batch.logp_old, credit)
            + self.kl_coef * kl.mean()
            + losses.value_loss(new.values, batch.returns, settings.vf_coef)
            + losses.entropy_bonus(new.entropy, settings.ent_coef)
        )

    def _has_gone_far(self, experience: Experience, described: Tensor) -> bool:
        limit = self.settings.stop_at_kl
        return limit is not None and self._divergence(experience, described) > limit

    @torch.no_grad()
    def _divergence(self, experience: Experience, described: Tensor) -> float:
        return float(self.networks.divergence(experience.obs, described).mean())


def train(
    environments: Environments, settings: PPO, steps: int, seed: int = 0
) -> Iterator[tuple[Learner, Experience]]:
    """Learns for at least so many steps of the environments, in whole rollouts.

    Args:
        environments: N copies.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of networks, actions, minibatches and environments.

    Yields:
        After each update the learner, and the experience that it was taken on.
    """
    generator = torch.Generator().manual_seed(seed)
    networks = make_networks(environments.obs_size, environments.actions, seed)
    learner = Learner(networks=networks, settings=settings, generator=generator)
    obs = environments.reset(seed)
    for _ in range(-(-steps // (settings.n_steps * environments.count))):
        segment = collect(environments, networks, obs, settings.n_steps, generator)  # (1), (2)
        experience = with_advantages(segment, networks, settings.gamma, settings.gae_lambda)  # (3)
        obs = segment.last_obs
        learner.update(experience)
        yield learner, experience
