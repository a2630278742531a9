"""Deep Q-learning with experience replay and a target network: Mnih et al. (2015), Algorithm 1.

    a memory D of so many transitions; Q with random weights theta; theta^- = theta    (1)
    with probability eps any action, else a = argmax_a Q(s, a; theta)                  (2)
    take a, observe r and s'; store the transition in D                                (3)
    sample a minibatch from D                                                          (4)
    y_j = r_j where s'_j is terminal, else r_j + gamma max_a Q(s'_j, a; theta^-)       (5)
    a gradient step on (y_j - Q(s_j, a_j; theta))^2 in theta                           (6)
    every C steps theta^- = theta                                                      (7)

Double DQN differs in (5): y_j = r_j + gamma Q(s'_j, argmax_a Q(s'_j, a; theta); theta^-). The paper
cuts the gradient of (6) at one, which is the Huber loss. Frames are not stacked, rewards not cut.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from rlcheck import losses
from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.networks import layers
from rlcheck.algorithms.ranges import require_counts, require_fractions, require_positive
from rlcheck.algorithms.saving import (
    State,
    learner_state,
    module_state,
    named,
    number,
    part,
    restore_learner,
    restore_module,
)
from rlcheck.algorithms.transitions import ReplayMemory, Transitions, epsilon_greedy, transitions_of
from rlcheck.algorithms.watching import Watch
from rlcheck.errors import InvalidArgument
from rlcheck.estimators import double_q_target, q_learning_target


@dataclass(frozen=True, kw_only=True)
class DQN:
    """Settings. What is counted in steps is counted in steps of all copies together.

    Attributes:
        target: "max" as published, or "double".
        error: "squared", or "huber", whose gradient is cut at one.
        learning_rate: Adam's.
        gamma: discount.
        capacity: of the memory.
        minibatch: transitions of one gradient step.
        learning_starts: transitions in the memory before the first gradient step.
        train_every: steps between gradient steps.
        target_every: C, steps between copies to the target network.
        epsilon_start: how often any action is taken, at first.
        epsilon_end: and in the end.
        epsilon_steps: over how many steps it falls, in a straight line.
        max_grad_norm: the gradient is shortened to it; None leaves it.
        width: of the two hidden layers; 0 for none, a linear Q.
    """

    target: Literal["max", "double"] = "max"
    error: Literal["squared", "huber"] = "squared"
    learning_rate: float = 1e-3
    gamma: float = 0.99
    capacity: int = 50_000
    minibatch: int = 64
    learning_starts: int = 1_000
    train_every: int = 4
    target_every: int = 500
    epsilon_start: float = 1.0
    epsilon_end: float = 0.05
    epsilon_steps: int = 10_000
    max_grad_norm: float | None = None
    width: int = 64

    def __post_init__(self) -> None:
        require_counts(self, "capacity", "minibatch", "learning_starts")
        require_counts(self, "train_every", "target_every", "epsilon_steps")
        require_counts(self, "width", least=0)
        require_positive(self, "learning_rate", "max_grad_norm")
        require_fractions(self, "gamma", "epsilon_start", "epsilon_end")
        if self.learning_starts > self.capacity:
            raise InvalidArgument.of(
                "learning_starts", self.learning_starts, "the memory never holds so many",
                f"at most capacity, {self.capacity}",
            )  # fmt: skip
        for name, known in (("target", ("max", "double")), ("error", ("squared", "huber"))):
            if getattr(self, name) not in known:
                told = " or ".join(known)
                raise InvalidArgument.of(name, getattr(self, name), "no such one", told)

    def epsilon(self, steps: int) -> float:
        """How often any action is taken after so many steps."""
        share = min(1.0, steps / self.epsilon_steps)
        return self.epsilon_start + share * (self.epsilon_end - self.epsilon_start)


@dataclass(kw_only=True, eq=False)
class Learner:
    """What changes while DQN learns.

    Attributes:
        networks: Q, obs [B, O] -> [B, A].
        settings: of the algorithm.
        generator: of actions and minibatches.
        memory: D.
        watch: losses and gradients as they went by.
        target_networks: Q of theta^-.
        optimizer: Adam over theta.
        steps: of all copies together, so far.
    """

    networks: nn.Module
    settings: DQN
    generator: torch.Generator
    memory: ReplayMemory
    watch: Watch = field(default_factory=Watch)
    target_networks: nn.Module = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.target_networks = copy.deepcopy(self.networks).requires_grad_(False)  # (1)
        parameters, rate = self.networks.parameters(), self.settings.learning_rate
        self.optimizer = torch.optim.Adam(parameters, lr=rate)

    @torch.no_grad()
    def act(self, obs: Float[Tensor, "N O"]) -> Int[Tensor, " N"]:
        """Step (2)."""
        return epsilon_greedy(self.networks(obs), self.settings.epsilon(self.steps), self.generator)

    def remember(self, batch: Transitions, count: int) -> None:
        """Steps (3), (4) and (7), and as many times (6) as are due after `count` more steps."""
        settings, before = self.settings, self.steps
        self.memory.add(batch)
        self.steps += count
        if len(self.memory) >= settings.learning_starts:
            for _ in range(_passed(before, self.steps, settings.train_every)):
                self.update(self.memory.sample(settings.minibatch, self.generator))  # (4)
        if _passed(before, self.steps, settings.target_every):
            self.target_networks.load_state_dict(self.networks.state_dict())  # (7)

    def update(self, batch: Transitions) -> None:
        """Steps (5) and (6)."""
        loss_of = losses.dqn_loss if self.settings.error == "squared" else losses.dqn_huber_loss
        loss = loss_of(self.networks(batch.obs), batch.actions, self._targets(batch))
        self.watch.note("loss", loss)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.settings.max_grad_norm is not None:
            parameters, most = self.networks.parameters(), self.settings.max_grad_norm
            self.watch.note("gradient norm", nn.utils.clip_grad_norm_(parameters, most))
        self.optimizer.step()

    @torch.no_grad()
    def _targets(self, batch: Transitions) -> Float[Tensor, " B"]:
        """Step (5)."""
        evaluated = self.target_networks(batch.next_obs)
        rewards, ends, gamma = batch.rewards, batch.terminated, self.settings.gamma
        if self.settings.target == "max":
            return q_learning_target(rewards, evaluated, ends, gamma)
        return double_q_target(rewards, self.networks(batch.next_obs), evaluated, ends, gamma)

    def state(self) -> State:
        """All that changes, by name."""
        return {
            **learner_state(self.networks, self.optimizer, self.generator),
            **named("target_networks", module_state(self.target_networks)),
            **named("memory", self.memory.state()),
            "steps": self.steps,
        }

    def restore(self, state: State) -> None:
        """Takes it back.

        Raises:
            InvalidArgument: it is the state of another learner; this one is then as it was.
        """
        before = copy.deepcopy(self.state())
        try:
            self._take(state)
        except InvalidArgument:
            self._take(before)
            raise

    def _take(self, state: State) -> None:
        restore_learner(state, self.networks, self.optimizer, self.generator)
        restore_module(self.target_networks, part(state, "target_networks"))
        self.memory.restore(part(state, "memory"))
        self.steps = int(number(state, "steps"))


def train(
    environments: Environments,
    settings: DQN,
    steps: int,
    seed: int = 0,
    *,
    device: str = "cpu",
    saved: State | None = None,
) -> Iterator[tuple[Learner, Transitions]]:
    """Learns for at least so many steps of the environments.

    Args:
        environments: N copies, with finitely many actions.
        settings: of the algorithm.
        steps: of all copies together, at least.
        seed: of networks, actions, minibatches and environments.
        device: where networks and memory are.
        saved: a learner's state, with which it goes on.

    Yields:
        After each step of the environments the learner, and what it has just remembered.

    Raises:
        InvalidArgument: actions are continuous.
    """
    learner = make_learner(environments, settings, seed, device)
    if saved is not None:
        learner.restore(saved)
    obs = environments.reset(seed)
    for _ in range(-(-steps // environments.count)):
        actions = learner.act(obs.to(device)).to(obs.device)  # (2)
        step = environments.step(actions)  # (3)
        batch = transitions_of(obs, actions, step, device)
        obs = step.obs
        learner.remember(batch, environments.count)  # (3) to (7)
        yield learner, batch


def make_learner(
    environments: Environments, settings: DQN, seed: int, device: str = "cpu"
) -> Learner:
    """A learner for environments, its weights drawn from a seed alone.

    Raises:
        InvalidArgument: actions are continuous.
    """
    if environments.actions.kind != "discrete":
        raise InvalidArgument.of(
            "environments", environments.actions.kind, "Q has one number for each action",
            "environments with discrete actions",
        )  # fmt: skip
    return Learner(  # (1)
        networks=make_network(environments, settings, seed).to(device),
        settings=settings,
        generator=torch.Generator(device=device).manual_seed(seed),
        memory=ReplayMemory(settings.capacity, environments.obs_size, device),
    )


def make_network(environments: Environments, settings: DQN, seed: int) -> nn.Module:
    """Q for observations and actions of these sizes, [B, O] -> [B, A]; drawn from a seed alone."""
    inputs, outputs = environments.obs_size, environments.actions.size
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if settings.width == 0:
            return nn.Linear(inputs, outputs)
        return layers(inputs, settings.width, outputs, last_gain=1.0)


def _passed(before: int, after: int, every: int) -> int:
    """How many multiples lie above the first number and not above the second."""
    return after // every - before // every
