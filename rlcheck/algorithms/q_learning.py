"""Q-learning on a table: Watkins (1989), in the form of Sutton & Barto (2018), section 6.5.

    Q(s, a) = 0 for every s and a                                                      (1)
    choose a from s by the policy that is eps-greedy in Q                              (2)
    take a, observe r and s'                                                           (3)
    Q(s, a) <- Q(s, a) + alpha (r + gamma max_b Q(s', b) - Q(s, a))                    (4)
    s <- s', or a new episode where this one has ended                                 (5)

A table is one layer of weights behind one-hot observations, and step (4) is a step of length alpha
against the gradient of `losses.q_learning`. N copies of the environment share a table: a step is
then the mean of N updates, so that alpha may be up to N times what it is for one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from rlcheck import losses
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.ranges import require_fractions, require_positive
from rlcheck.algorithms.saving import State, learner_state, restore_learner
from rlcheck.algorithms.transitions import Transitions, epsilon_greedy, transitions_of
from rlcheck.algorithms.watching import Watch
from rlcheck.errors import InvalidArgument
from rlcheck.estimators import q_learning_target


@dataclass(frozen=True, kw_only=True)
class QLearning:
    """Settings.

    Attributes:
        learning_rate: alpha.
        gamma: discount.
        epsilon: how often any action is taken.
    """

    learning_rate: float = 0.1
    gamma: float = 0.99
    epsilon: float = 0.1

    def __post_init__(self) -> None:
        require_fractions(self, "gamma", "epsilon")
        require_positive(self, "learning_rate")


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while Q-learning learns.

    Attributes:
        networks: the table, as a layer on one-hot observations: weights [A, S].
        settings: of the algorithm.
        generator: of the actions.
        watch: losses as they went by.
        optimizer: plain gradient steps of length alpha.
    """

    networks: nn.Linear
    settings: QLearning
    generator: torch.Generator
    watch: Watch = field(default_factory=Watch)
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.SGD(self.networks.parameters(), lr=self.settings.learning_rate)

    @torch.no_grad()
    def act(self, obs: Float[Tensor, "N O"]) -> Int[Tensor, " N"]:
        """Step (2)."""
        return epsilon_greedy(self.networks(obs), self.settings.epsilon, self.generator)

    def update(self, batch: Transitions) -> None:
        """Step (4)."""
        with torch.no_grad():
            following = self.networks(batch.next_obs)
            target = q_learning_target(
                batch.rewards, following, batch.terminated, self.settings.gamma
            )
        loss = losses.q_learning(self.networks(batch.obs), batch.actions, target)
        self.watch.note("loss", loss)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def state(self) -> State:
        """All that changes, by name."""
        return learner_state(self.networks, self.optimizer, self.generator)

    def restore(self, state: State) -> None:
        """Takes it back.

        Raises:
            InvalidArgument: it is the state of another learner.
        """
        restore_learner(state, self.networks, self.optimizer, self.generator)


def train(
    environments: Environments,
    settings: QLearning,
    steps: int,
    seed: int = 0,
    *,
    device: str = "cpu",
    saved: State | None = None,
) -> Iterator[tuple[Learner, Transitions]]:
    """Learns for at least so many steps of the environments.

    Args:
        environments: N copies, with one-hot observations and finitely many actions.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of actions and environments.
        device: where the table lies.
        saved: a learner's state, with which it goes on.

    Yields:
        After each step the learner, and the transitions that it was taken on.

    Raises:
        InvalidArgument: actions are continuous, or an observation is not one-hot.
    """
    learner = make_learner(environments, settings, seed, device)
    if saved is not None:
        learner.restore(saved)
    obs = environments.reset(seed)
    _require_one_hot(obs)
    for _ in range(-(-steps // environments.count)):
        actions = learner.act(obs.to(device)).to(obs.device)  # (2)
        step = environments.step(actions)  # (3)
        batch = transitions_of(obs, actions, step, device)
        _require_one_hot(step.next_obs)
        obs = step.obs  # (5)
        if len(batch):
            learner.update(batch)  # (4)
        yield learner, batch


def make_learner(
    environments: Environments, settings: QLearning, seed: int, device: str = "cpu"
) -> Learner:
    """A learner for environments, with a table of zeros.

    Raises:
        InvalidArgument: actions are continuous.
    """
    if environments.actions.kind != "discrete":
        raise InvalidArgument.of(
            "environments", environments.actions.kind, "a table has finitely many actions",
            "environments with discrete actions",
        )  # fmt: skip
    with torch.random.fork_rng(devices=[]):  # PyTorch draws weights that are not kept
        table = nn.Linear(environments.obs_size, environments.actions.size, bias=False)
    nn.init.zeros_(table.weight)  # (1)
    generator = torch.Generator(device=device).manual_seed(seed)
    return Learner(networks=table.to(device), settings=settings, generator=generator)


def require_counted(environments: Environments) -> None:
    """Refuses observations that are not one-hot; the environments have begun anew then.

    Raises:
        InvalidArgument: with what a first observation is.
    """
    _require_one_hot(environments.reset(0))


def _require_one_hot(obs: Float[Tensor, "N O"]) -> None:
    if not bool(((obs == 0) | (obs == 1)).all() & (obs.sum(-1) == 1).all()):
        raise InvalidArgument.of(
            "env", obs[0].tolist(), "q-learning has a column for each state: its observations are "
            "one-hot rows, and these are not",
            "an environment whose observations are counted (FrozenLake-v1, Taxi-v4, a world)",
        )  # fmt: skip
