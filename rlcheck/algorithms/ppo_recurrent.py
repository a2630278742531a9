"""Recurrent PPO: the clipped surrogate on the probabilities of whole histories.

    for iteration = 1, 2, ...
      run pi_old, which remembers, in N environments for T steps; keep the state that the
        segment begins with, and where episodes begin                                  (1)
      compute advantage estimates A_1, ..., A_T                                        (2)
      for K epochs, for some environments M at a time, whole segments of each:         (3)
        unroll the policy from the kept state, emptied where an episode begins         (4)
        step on mean over steps of L^CLIP(pi(a_t|history) / pi_old(a_t|history))       (5)
      go on with the state that the segment ended with, as a number                    (6)

The losses are those of Schulman et al. (2017), eq. 9. Backpropagation goes through all T steps of
(4) and stops at the kept state, which was computed before the update and carries no graph:
truncated backpropagation through time (Williams & Peng, 1990). With T shorter than what is to be
remembered the gradient does not see how a memory was made, though the state still holds it. From
the second update of an iteration on, the kept state is that of slightly older parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck import losses
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.ranges import (
    require_counts,
    require_fractions,
    require_not_negative,
    require_positive,
)
from rlcheck.algorithms.recurrent_networks import RecurrentActorCritic, make_recurrent_networks
from rlcheck.algorithms.saving import State, learner_state, named, part, restore_learner, tensor
from rlcheck.algorithms.sequences import Position, Sequences, collect_sequences
from rlcheck.algorithms.watching import Watch
from rlcheck.errors import InvalidArgument


@dataclass(frozen=True, kw_only=True)
class RecurrentPPO:
    """Settings.

    Attributes:
        n_steps: T of one segment, through which backpropagation goes.
        epochs: K.
        environments_at_once: M, how many environments' segments a minibatch holds.
        learning_rate: Adam's.
        gamma: discount.
        gae_lambda: lambda of the advantages.
        clip_eps: eps of the surrogate.
        vf_coef: weight of the critic's squared error.
        ent_coef: weight of the entropy.
        max_grad_norm: the gradient is shortened to it; None leaves it.
        whiten: whether each minibatch's advantages are whitened: a convention, which makes the
            update's expectation that of no objective.
        width: H, the numbers that are remembered.
    """

    n_steps: int = 128
    epochs: int = 4
    environments_at_once: int = 4
    learning_rate: float = 2.5e-4
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip_eps: float = 0.2
    vf_coef: float = 0.5
    ent_coef: float = 0.0
    max_grad_norm: float | None = 0.5
    whiten: bool = True
    width: int = 64

    def __post_init__(self) -> None:
        # Of two slots of a column one is a transition, however short its episodes are.
        require_counts(self, "n_steps", least=2)
        require_counts(self, "epochs", "environments_at_once", "width")
        require_positive(self, "learning_rate", "clip_eps", "max_grad_norm")
        require_not_negative(self, "vf_coef", "ent_coef")
        require_fractions(self, "gamma", "gae_lambda")


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while recurrent PPO learns.

    Attributes:
        networks: memory, actor and critic.
        settings: of the algorithm.
        generator: of everything random, but the environments.
        watch: losses and gradients as they went by.
        position: where the environments stand, and what is remembered of them.
        optimizer: Adam over all parameters.
    """

    networks: RecurrentActorCritic
    settings: RecurrentPPO
    generator: torch.Generator
    watch: Watch = field(default_factory=Watch)
    position: Position | None = None
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.Adam(
            self.networks.parameters(), lr=self.settings.learning_rate, eps=1e-5
        )

    def begin(self, obs: Float[Tensor, "N O"]) -> None:
        """Stands at the observations of a reset, with nothing remembered."""
        self.position = Position(
            obs=obs.to(self.device),
            state=self.networks.initial_state(len(obs)),
            starts=torch.ones(len(obs), dtype=torch.bool, device=self.device),
        )

    def stands_at(self, obs: Float[Tensor, "N O"]) -> bool:
        """Whether it would act on these next, so that what it remembers led up to them."""
        return self.position is not None and torch.equal(self.position.obs, obs.to(self.device))

    @property
    def device(self) -> torch.device:
        """Where networks are."""
        return self.generator.device

    def collect(self, environments: Environments) -> Sequences:
        """Steps (1), (2) and (6): goes on where the last segment ended."""
        if self.position is None:
            raise InvalidArgument.of("position", None, "no environment has begun", "begin() first")
        settings = self.settings
        found, self.position = collect_sequences(
            environments, self.networks, self.position, settings.n_steps, self.generator,
            settings.gamma, settings.gae_lambda,
        )  # fmt: skip
        return found

    def update(self, sequences: Sequences) -> int:
        """Step (3); returns how many steps were taken."""
        taken, parameters = 0, list(self.networks.parameters())
        for _ in range(self.settings.epochs):
            for columns in self._minibatches(sequences.obs.shape[1]):
                loss = self._loss(sequences.columns(columns))
                self.watch.note("loss", loss)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                if self.settings.max_grad_norm is not None:
                    norm = nn.utils.clip_grad_norm_(parameters, self.settings.max_grad_norm)
                    self.watch.note("gradient norm", norm)
                self.optimizer.step()
                taken += 1
        return taken

    def state(self) -> State:
        """Everything that changes, by name."""
        kept = learner_state(self.networks, self.optimizer, self.generator)
        return kept if self.position is None else {**kept, **named("position", vars(self.position))}

    def restore(self, state: State) -> None:
        """Takes it back."""
        position, kept = None, part(state, "position")
        if kept:
            names = [entry.name for entry in fields(Position)]
            position = Position(**{n: tensor(kept, n).to(self.device, copy=True) for n in names})
        restore_learner(state, self.networks, self.optimizer, self.generator)
        self.position = position

    def _minibatches(self, count: int) -> Iterator[Tensor]:
        # Environments are shuffled, and never their steps.
        order = torch.randperm(count, generator=self.generator, device=self.generator.device)
        return iter(order.split(self.settings.environments_at_once))

    def _loss(self, batch: Sequences) -> Tensor:
        settings, credit = self.settings, batch.advantages
        valid = credit[batch.real]
        if settings.whiten and len(valid) > 1:
            credit = (credit - valid.mean()) / (valid.std() + 1e-8)
        began = batch.initial_state, batch.starts
        new = self.networks.evaluate(batch.obs, batch.actions, *began)  # (4)
        return losses.ppo_loss(  # (5)
            new.logp, batch.logp_old, credit, new.values, batch.returns, new.entropy,
            settings.clip_eps, settings.vf_coef, settings.ent_coef, mask=batch.real,
        )  # fmt: skip


def train(
    environments: Environments,
    settings: RecurrentPPO,
    steps: int,
    seed: int = 0,
    *,
    device: str = "cpu",
    saved: State | None = None,
) -> Iterator[tuple[Learner, Sequences]]:
    """Learns for at least so many steps of the environments, in whole segments.

    Args:
        environments: N copies.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of networks, actions, minibatches and environments.
        device: where networks are and updates are computed.
        saved: a learner's state, with which it goes on.

    Yields:
        After each update the learner, and the sequences that it was taken on.
    """
    networks = make_recurrent_networks(
        environments.obs_size, environments.actions, seed, settings.width
    ).to(device)
    generator = torch.Generator(device).manual_seed(seed)
    learner = Learner(networks=networks, settings=settings, generator=generator)
    obs = environments.reset(seed)
    if saved is not None:
        learner.restore(saved)
    if not learner.stands_at(obs):
        learner.begin(obs)
    for _ in range(-(-steps // (settings.n_steps * environments.count))):
        sequences = learner.collect(environments)
        learner.update(sequences)
        yield learner, sequences
