"""The algorithms that can be trained by name: adding one is adding a line.

What a line promises:

- `settings` is a frozen dataclass whose fields are numbers, flags, names (`Literal`) or None;
- `train(environments, settings, steps, seed, device=, saved=)` gives a learner and what it learnt
  from after each update. Between two updates every copy makes as many steps as `rollout` says, by
  number or by the name of a setting; where it is None, the algorithm resets its environments before
  each update. It may give more updates than `steps` ask for: whoever trains stops asking;
- a `train` that takes `ranks=` as well learns in several processes as one;
- the learner is `Saved` (`rlcheck.algorithms.saving`), and `saved` is a state that it gave; what it
  notes on its `watch` becomes metrics;
- `player(environments, settings)` is how its policy plays when it is evaluated, with networks into
  which those of the learner fit.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rlcheck.algorithms import a2c, dqn, ppo, ppo_recurrent, q_learning, reinforce, trpo
from rlcheck.algorithms.environments import Environments
from rlcheck.training.players import Actor, ActorWithMemory, GreedyInQ, Player

Kind = Literal["discrete", "multi-discrete", "continuous"]


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """What can be trained.

    Attributes:
        settings: its settings' class.
        train: its training.
        rollout: steps of each copy between two updates, or which setting that is.
        actions: which kinds of actions it serves.
        player: how its policy plays when it is evaluated.
        require: refuses environments that it cannot learn in, before anything is written.
    """

    settings: type[Any]
    train: Callable[..., Iterator[tuple[Any, Any]]]
    rollout: str | int | None
    actions: tuple[Kind, ...] = ("discrete", "multi-discrete", "continuous")
    player: Callable[[Environments, Any], Player] = Actor
    require: Callable[[Environments], None] = lambda environments: None

    @property
    def spreads(self) -> bool:
        """Whether several processes can learn as one."""
        return "ranks" in inspect.signature(self.train).parameters


ALGORITHMS: dict[str, Algorithm] = {
    "reinforce": Algorithm(settings=reinforce.Reinforce, train=reinforce.train, rollout=None),
    "a2c": Algorithm(settings=a2c.A2C, train=a2c.train, rollout="n_steps"),
    "trpo": Algorithm(settings=trpo.TRPO, train=trpo.train, rollout="n_steps"),
    "ppo": Algorithm(settings=ppo.PPO, train=ppo.train, rollout="n_steps"),
    "ppo-recurrent": Algorithm(
        settings=ppo_recurrent.RecurrentPPO, train=ppo_recurrent.train, rollout="n_steps",
        player=ActorWithMemory,
    ),
    "q-learning": Algorithm(
        settings=q_learning.QLearning, train=q_learning.train, rollout=1, actions=("discrete",),
        player=GreedyInQ.of_table, require=q_learning.require_counted,
    ),
    "dqn": Algorithm(
        settings=dqn.DQN, train=dqn.train, rollout=1, actions=("discrete",),
        player=GreedyInQ.of_network,
    ),
}  # fmt: skip
"""Every algorithm that can be trained from the shell, by name."""
