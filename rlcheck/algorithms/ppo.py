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

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor, nn

from rlcheck import losses
from rlcheck.algorithms.beginning import begin, own_seed
from rlcheck.algorithms.compiling import Compiling, compiled, require_mode
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.experience import Experience, collect, with_advantages
from rlcheck.algorithms.networks import DiscreteActorCritic, GaussianActorCritic
from rlcheck.algorithms.ranges import (
    require_counts,
    require_fractions,
    require_not_negative,
    require_positive,
)
from rlcheck.algorithms.ranks import ALONE, Ranks
from rlcheck.algorithms.saving import State, learner_state, number, restore_learner
from rlcheck.algorithms.watching import Watch
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
        minibatch: M, in transitions; of each process, where several learn as one.
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
        compile: whether the loss is compiled (see `compiling`).
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
    compile: Compiling = "no"

    def __post_init__(self) -> None:
        # Of two slots of a copy one is a transition, whichever way it begins anew.
        require_counts(self, "n_steps", least=2)
        require_counts(self, "epochs", "minibatch")
        require_positive(self, "learning_rate", "clip_eps", "kl_target")
        require_positive(self, "max_grad_norm", "stop_at_kl")
        require_not_negative(self, "vf_coef", "ent_coef")
        require_fractions(self, "gamma", "gae_lambda")
        require_mode(self)
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
        ranks: the processes that learn as one.
        watch: losses and gradients as they went by.
        optimizer: Adam over all parameters.
        loss: of a minibatch, compiled or not.
    """

    networks: Networks
    settings: PPO
    generator: torch.Generator
    kl_coef: float = 1.0
    ranks: Ranks = ALONE
    watch: Watch = field(default_factory=Watch)
    optimizer: torch.optim.Optimizer = field(init=False)
    loss: Callable[[Experience, Tensor | None], Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.Adam(
            self.networks.parameters(), lr=self.settings.learning_rate, eps=1e-5, fused=True
        )
        self.loss = compiled(self._loss, self.settings.compile)

    def state(self) -> State:
        """Everything that changes, by name."""
        kept = learner_state(self.networks, self.optimizer, self.generator)
        return {**kept, "kl_coef": self.kl_coef}

    def restore(self, state: State) -> None:
        """Takes it back."""
        kl_coef = number(state, "kl_coef")
        restore_learner(state, self.networks, self.optimizer, self.generator)
        self.kl_coef = kl_coef

    def update(self, experience: Experience) -> int:
        """Steps (4) and (5): K epochs of minibatches; returns how many steps were taken."""
        settings, taken = self.settings, 0
        described = self._described(experience)
        for _ in range(settings.epochs):
            for batch, old in self._minibatches(experience, described):
                self._step(self.loss(self._credited(batch), old), len(batch))
                taken += 1
            if self._has_gone_far(experience, described):
                break
        if settings.surrogate == "penalty":
            divergence = self._divergence(experience, described)
            # What is no number says nothing about beta; `watch` has the loss that went before it.
            if math.isfinite(divergence):
                self.kl_coef = adaptive_kl(self.kl_coef, divergence, settings.kl_target)
        return taken

    def _credited(self, batch: Experience) -> Experience:
        # Before the loss, which may be compiled: other processes are asked here.
        if not self.settings.whiten:
            return batch
        return replace(batch, advantages=self.ranks.whitened(batch.advantages))

    def _step(self, loss: Tensor, rows: int) -> None:
        self.watch.note("loss", loss)
        parameters = self.optimizer.param_groups[0]["params"]
        self.ranks.backward(loss, parameters, self.ranks.share(rows))
        if self.settings.max_grad_norm is not None:
            norm = nn.utils.clip_grad_norm_(parameters, self.settings.max_grad_norm)
            self.watch.note("gradient norm", norm)
        self.optimizer.step()

    def _described(self, experience: Experience) -> Tensor | None:
        """The old policy itself, where a divergence from it will be asked for."""
        if self.settings.surrogate == "clip" and self.settings.stop_at_kl is None:
            return None
        with torch.no_grad():
            return self.networks.described(experience.obs)

    def _minibatches(
        self, experience: Experience, described: Tensor | None
    ) -> Iterator[tuple[Experience, Tensor | None]]:
        """All transitions in a new order; they are put into it once, and pieces are views."""
        device = self.generator.device
        order = torch.randperm(len(experience), generator=self.generator, device=device)
        sizes = [len(piece) for piece in self.ranks.pieces(order, self.settings.minibatch)]
        old = [None] * len(sizes) if described is None else described[order].split(sizes)
        return zip(experience[order].split(sizes), old, strict=True)

    def _loss(self, batch: Experience, described: Tensor | None) -> Tensor:
        """What step (4) goes down: minus the surrogate, and the terms of critic and entropy."""
        settings = self.settings
        new = self.networks.evaluate(batch.obs, batch.actions)
        if settings.surrogate == "clip":
            return losses.ppo_loss(
                new.logp, batch.logp_old, batch.advantages, new.values, batch.returns, new.entropy,
                settings.clip_eps, settings.vf_coef, settings.ent_coef,
            )  # fmt: skip
        assert described is not None
        kl = self.networks.divergence(batch.obs, described)
        return (
            losses.ppo_penalty_from_kl(new.logp, batch.logp_old, batch.advantages, kl, self.kl_coef)
            + losses.value_loss(new.values, batch.returns, settings.vf_coef)
            + losses.entropy_bonus(new.entropy, settings.ent_coef)
        )

    def _has_gone_far(self, experience: Experience, described: Tensor | None) -> bool:
        limit = self.settings.stop_at_kl
        return limit is not None and self._divergence(experience, described) > limit

    @torch.no_grad()
    def _divergence(self, experience: Experience, described: Tensor | None) -> float:
        assert described is not None
        return float(self.ranks.mean(self.networks.divergence(experience.obs, described)))


def train(
    environments: Environments,
    settings: PPO,
    steps: int,
    seed: int = 0,
    *,
    device: str = "cpu",
    ranks: Ranks = ALONE,
    saved: State | None = None,
) -> Iterator[tuple[Learner, Experience]]:
    """Learns for at least so many steps of the environments, in whole rollouts.

    Args:
        environments: N copies.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of networks, actions, minibatches and environments.
        device: where networks are and updates are computed.
        ranks: the processes that learn as one; `steps` are this one's.
        saved: a learner's state, with which it goes on.

    Yields:
        After each update the learner, and the experience that it was taken on.
    """
    learner = begin(Learner, environments, settings, seed, device, ranks, saved)
    networks, generator = learner.networks, learner.generator
    obs = environments.reset(own_seed(seed, ranks))
    for _ in range(-(-steps // (settings.n_steps * environments.count))):
        segment = collect(environments, networks, obs, settings.n_steps, generator)  # (1), (2)
        experience = with_advantages(segment, networks, settings.gamma, settings.gae_lambda)  # (3)
        obs = segment.last_obs
        learner.update(experience)
        yield learner, experience
