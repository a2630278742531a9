"""REINFORCE: Williams (1992), in the four forms in which it is written.

    play one whole episode in each of N environments                                   (1)
    theta <- theta + alpha (1/N) sum_n sum_t weight_t nabla log pi(a_t|s_t)            (2)

    form            weight_t                                    expectation of the step
    full-return     R(tau) = sum_t gamma^t r_t                  nabla J
    reward-to-go    gamma^t G_t                                 nabla J
    baseline        gamma^t (G_t - V(s_t))                      nabla J
    step-mean       G_t, and a mean over steps                  not the gradient of J

The first three differ in variance. The last is what most programs do; its name says that it was
chosen. With a baseline V is fitted to G_t after the step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from rlcheck import losses
from rlcheck.algorithms.beginning import begin, own_seed
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.experience import Segment, collect_episodes
from rlcheck.algorithms.networks import DiscreteActorCritic, GaussianActorCritic
from rlcheck.algorithms.ranges import require_counts, require_fractions, require_positive
from rlcheck.algorithms.ranks import ALONE, Ranks
from rlcheck.algorithms.saving import State, learner_state, number, restore_learner
from rlcheck.algorithms.watching import Watch
from rlcheck.errors import InvalidArgument
from rlcheck.estimators import reward_to_go

FORMS = ("full-return", "reward-to-go", "baseline", "step-mean")
"""What weighs a step's log-probability, and how the steps are averaged."""


@dataclass(frozen=True, kw_only=True)
class Reinforce:
    """Settings.

    Attributes:
        form: which weight a score has.
        learning_rate: Adam's.
        gamma: discount.
        most_steps: an episode that is longer is an error, and is not cut. One that the environment
            truncates counts as whole: nothing is bootstrapped behind it.
    """

    form: Literal["full-return", "reward-to-go", "baseline", "step-mean"] = "baseline"
    learning_rate: float = 3e-3
    gamma: float = 0.99
    most_steps: int = 10_000

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise InvalidArgument.of("form", self.form, "no such one", f"one of {', '.join(FORMS)}")
        require_counts(self, "most_steps")
        require_positive(self, "learning_rate")
        require_fractions(self, "gamma")


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while REINFORCE learns.

    Attributes:
        networks: actor and critic; the critic is used by the form "baseline" alone.
        settings: of the algorithm.
        generator: of the actions.
        ranks: the processes that learn as one.
        watch: losses as they went by.
        updates: how many were taken; each plays episodes that no other one plays.
        optimizer: Adam over all parameters.
    """

    networks: DiscreteActorCritic | GaussianActorCritic
    settings: Reinforce
    generator: torch.Generator
    ranks: Ranks = ALONE
    watch: Watch = field(default_factory=Watch)
    updates: int = 0
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.Adam(
            self.networks.parameters(), lr=self.settings.learning_rate
        )

    def state(self) -> State:
        """Everything that changes, by name."""
        kept = learner_state(self.networks, self.optimizer, self.generator)
        return {**kept, "updates": self.updates}

    def restore(self, state: State) -> None:
        """Takes it back."""
        updates = int(number(state, "updates"))
        restore_learner(state, self.networks, self.optimizer, self.generator)
        self.updates = updates

    def update(self, episodes: Segment) -> None:
        """Step (2): one step on whole episodes."""
        loss = self._loss(episodes)
        self.watch.note("loss", loss)
        self.ranks.backward(loss, list(self.networks.parameters()))
        self.optimizer.step()
        self.updates += 1

    def _loss(self, episodes: Segment) -> Tensor:
        """This process's part of what step (2) takes the gradient of.

        A mean over rollouts and one over steps differ in what that part is.
        """
        new = self.networks.evaluate(episodes.obs, episodes.actions)
        rewards, gamma = episodes.rewards, self.settings.gamma
        ends = (episodes.terminated, episodes.truncated, episodes.real)
        of_rollouts = self.ranks.share(rewards.shape[1])
        if self.settings.form == "full-return":
            return of_rollouts * losses.reinforce_full_return(
                new.logp, rewards, gamma, terminated=ends[0], truncated=ends[1], mask=ends[2]
            )
        if self.settings.form == "reward-to-go":
            return of_rollouts * losses.reinforce(new.logp, rewards, gamma, *ends)
        of_steps = self.ranks.share(episodes.real.sum())
        if self.settings.form == "step-mean":
            return of_steps * losses.reinforce_step_mean(new.logp, rewards, gamma, *ends)
        values = new.values.detach()
        policy = losses.reinforce_baseline(new.logp, rewards, values, gamma, *ends)
        returns = reward_to_go(rewards, gamma, *ends)
        critic = losses.value_loss(new.values, returns, 0.5, episodes.real)
        return of_rollouts * policy + of_steps * critic


def train(
    environments: Environments,
    settings: Reinforce,
    updates: int,
    seed: int = 0,
    *,
    device: str = "cpu",
    ranks: Ranks = ALONE,
    saved: State | None = None,
) -> Iterator[tuple[Learner, Segment]]:
    """Learns from so many times N whole episodes.

    Args:
        environments: N copies.
        settings: of the algorithm.
        updates: how many steps are taken.
        seed: of networks, actions and environments.
        device: where networks are and updates are computed.
        ranks: the processes that learn as one.
        saved: a learner's state, with which it goes on.

    Yields:
        After each update the learner, and the episodes that it was taken on.
    """
    learner = begin(Learner, environments, settings, seed, device, ranks, saved)
    own = own_seed(seed, ranks)
    for _ in range(updates):
        # Every copy begins together, with seeds that no other update has.
        obs = environments.reset(own + learner.updates * environments.count)
        episodes = collect_episodes(
            environments, learner.networks, obs, settings.most_steps, learner.generator
        )  # (1)
        learner.update(episodes)
        yield learner, episodes
