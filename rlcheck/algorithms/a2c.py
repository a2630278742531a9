"""Advantage actor-critic: one gradient step for each short rollout, in step or behind.

    run pi for T steps in N environments                                               (1)
    R_t = the n-step return, bootstrapped with V of the last successor                 (2)
    dtheta = nabla mean( -log pi(a_t|s_t) (R_t - V(s_t)) + c_1 (V - R_t)^2 - c_2 H )   (3)
    theta <- RMSProp(theta, dtheta)                                                    (4)

Mnih et al. (2016), Algorithm S3, with all workers in step. With lambda = 1 the advantages of
`experience` are R_t - V(s_t).

A3C's workers are not in step: one copies the parameters, plays, takes the gradient of *its copy*,
and by the time at which it adds that to the shared parameters others have moved them. `staleness`
k stands for it without threads: in (1) to (3) theta is what it was k updates ago, in (4) what it
is. A worker of m that take turns is m - 1 updates behind. With k = 0 it is A2C.
"""

import copy
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector

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
from rlcheck.algorithms.saving import State, learner_state, named, part, restore_learner, tensor
from rlcheck.algorithms.vectors import put
from rlcheck.algorithms.watching import Watch
from rlcheck.errors import InvalidArgument


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
        staleness: how many updates old the parameters are that play and whose gradient is taken.
        compile: whether the loss is compiled (see `compiling`).
    """

    n_steps: int = 5
    learning_rate: float = 7e-4
    gamma: float = 0.99
    gae_lambda: float = 1.0
    vf_coef: float = 0.5
    ent_coef: float = 0.0
    max_grad_norm: float | None = 0.5
    staleness: int = 0
    compile: Compiling = "no"

    def __post_init__(self) -> None:
        # Of two slots of a copy one is a transition, whichever way it begins anew.
        require_counts(self, "n_steps", least=2)
        require_counts(self, "staleness", least=0)
        require_positive(self, "learning_rate", "max_grad_norm")
        require_not_negative(self, "vf_coef", "ent_coef")
        require_fractions(self, "gamma", "gae_lambda")
        require_mode(self)


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while A2C learns.

    Attributes:
        networks: actor and critic.
        settings: of the algorithm.
        generator: of everything random, but the environments.
        ranks: the processes that learn as one.
        watch: losses and gradients as they went by.
        optimizer: RMSprop over all parameters, its eps inside no root.
        behaviour: the networks that play, and whose gradient is taken: the same ones without
            staleness.
        past: the parameters of the last updates, those of `behaviour` first, [P] each; none
            without staleness.
        loss: of a rollout, compiled or not.
    """

    networks: DiscreteActorCritic | GaussianActorCritic
    settings: A2C
    generator: torch.Generator
    ranks: Ranks = ALONE
    watch: Watch = field(default_factory=Watch)
    optimizer: torch.optim.Optimizer = field(init=False)
    behaviour: DiscreteActorCritic | GaussianActorCritic = field(init=False)
    past: deque[Tensor] = field(init=False)
    loss: Callable[[Experience], Tensor] = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.optimizer = torch.optim.RMSprop(
            self.networks.parameters(), lr=settings.learning_rate, alpha=0.99, eps=1e-5,
            foreach=True,
        )  # fmt: skip
        self.behaviour = self.networks if settings.staleness == 0 else copy.deepcopy(self.networks)
        self.past = deque(maxlen=settings.staleness + 1)
        self.loss = compiled(self._loss, settings.compile)
        self._remember()

    def state(self) -> State:
        """Everything that changes, by name."""
        past = {str(age): parameters for age, parameters in enumerate(self.past)}
        kept = learner_state(self.networks, self.optimizer, self.generator)
        return {**kept, **named("past", past)}

    def restore(self, state: State) -> None:
        """Takes it back."""
        size = sum(p.numel() for p in self.networks.parameters())
        kept = part(state, "past")
        past = [tensor(kept, str(age)) for age in range(len(kept))]
        behind = self.settings.staleness
        counts = range(1, behind + 2) if behind else range(1)
        if len(past) not in counts or any(p.shape != (size,) for p in past):
            raise InvalidArgument.of(
                "past", [list(p.shape) for p in past], "the saved state is of another shape",
                f"{counts[0]} to {counts[-1]} of {size} parameters",
            )  # fmt: skip
        restore_learner(state, self.networks, self.optimizer, self.generator)
        self.past.clear()
        self.past.extend(p.to(self.generator.device, copy=True) for p in past)
        self._go_back()

    def update(self, experience: Experience) -> None:
        """Steps (3) and (4): one step on all of it."""
        settings, behind = self.settings, self.behaviour
        loss = self.loss(experience)
        self.watch.note("loss", loss)
        share = self.ranks.share(len(experience))
        moved = self.optimizer.param_groups[0]["params"]
        taken = moved if behind is self.networks else list(behind.parameters())
        self.ranks.backward(loss, taken, share)
        if behind is not self.networks:
            for now, then in zip(self.networks.parameters(), behind.parameters(), strict=True):
                now.grad = then.grad
        if settings.max_grad_norm is not None:
            norm = nn.utils.clip_grad_norm_(moved, settings.max_grad_norm)
            self.watch.note("gradient norm", norm)
        self.optimizer.step()
        if settings.staleness > 0:
            self._remember()
            self._go_back()

    def _loss(self, experience: Experience) -> Tensor:
        """What step (3) takes the gradient of."""
        new = self.behaviour.evaluate(experience.obs, experience.actions)
        return losses.a2c_loss(
            new.logp, experience.advantages, new.values, experience.returns, new.entropy,
            self.settings.vf_coef, self.settings.ent_coef,
        )  # fmt: skip

    def _remember(self) -> None:
        if self.settings.staleness > 0:
            self.past.append(parameters_to_vector(self.networks.parameters()).detach())

    def _go_back(self) -> None:
        if self.past:
            put(self.past[0], self.behaviour.parameters())


def train(
    environments: Environments,
    settings: A2C,
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
        seed: of networks, actions and environments.
        device: where networks are and updates are computed.
        ranks: the processes that learn as one; `steps` are this one's.
        saved: a learner's state, with which it goes on.

    Yields:
        After each update the learner, and the experience that it was taken on.
    """
    learner = begin(Learner, environments, settings, seed, device, ranks, saved)
    behind, generator = learner.behaviour, learner.generator
    obs = environments.reset(own_seed(seed, ranks))
    for _ in range(-(-steps // (settings.n_steps * environments.count))):
        segment = collect(environments, behind, obs, settings.n_steps, generator)  # (1)
        experience = with_advantages(segment, behind, settings.gamma, settings.gae_lambda)  # (2)
        obs = segment.last_obs
        learner.update(experience)
        yield learner, experience
