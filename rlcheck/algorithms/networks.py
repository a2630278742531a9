"""Actors and critics of two hidden layers, as continuous control and CartPole are learnt with.

Noise is handed in: what is random about a rollout is drawn once, for all of its steps, and a step
is a deterministic function of observation and noise. Categorical actions are the argmax of logits
plus Gumbel noise, normal ones mean plus deviation times a standard normal.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn import functional

from rlcheck.algorithms.environments import Actions

_LOG_2_PI = 1.8378770664093453


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What a network says of observations and the actions that were taken.

    Attributes:
        logp: log pi(a | o), of the shape of the batch.
        entropy: H(pi(. | o)).
        values: V(o).
    """

    logp: Float[Tensor, "..."]
    entropy: Float[Tensor, "..."]
    values: Float[Tensor, "..."]


class ActorCritic(Protocol):
    """A policy and a value function."""

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """What is random about actions at observations of this shape."""
        ...

    def act(self, obs: Tensor, noise: Tensor) -> Tensor:
        """The actions that noise picks."""
        ...

    def evaluate(self, obs: Tensor, actions: Tensor) -> Evaluation:
        """log pi, entropy and V, with their graphs."""
        ...

    def get_value(self, obs: Tensor) -> Tensor:
        """V(o), [..., 1]."""
        ...


class DiscreteActorCritic(nn.Module):
    """A categorical policy and a critic, apart, with tanh between layers."""

    def __init__(self, obs_size: int, n_actions: int, width: int = 64) -> None:
        super().__init__()
        self.actor = layers(obs_size, width, n_actions, last_gain=0.01)
        self.critic = layers(obs_size, width, 1, last_gain=1.0)
        self.n_actions = n_actions

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Gumbel noise, -log(-log u), one number for each action."""
        drawn = torch.empty((*shape, self.n_actions), device=generator.device)
        return -drawn.exponential_(generator=generator).log()

    def act(self, obs: Tensor, noise: Tensor) -> Tensor:
        """argmax_a (logit_a + noise_a), which has the law of the softmax."""
        return (self.actor(obs) + noise).argmax(-1)

    def evaluate(self, obs: Tensor, actions: Tensor) -> Evaluation:
        """log pi, entropy and V, with their graphs."""
        log_pi = self.described(obs)
        return Evaluation(
            logp=self.log_prob(log_pi, actions),
            entropy=-(log_pi.exp() * log_pi).sum(-1),
            values=self.critic(obs).squeeze(-1),
        )

    def divergence(self, obs: Tensor, old: Tensor) -> Tensor:
        """KL(old || pi) at each observation; old holds log-probabilities."""
        return self.between(old, self.described(obs))

    def between(self, old: Tensor, new: Tensor) -> Tensor:
        """KL(old || new) of two policies as `described` gives them."""
        return (old.exp() * (old - new)).sum(-1)

    def metric(self, described: Tensor, along: Tensor) -> Tensor:
        """The Fisher metric of the description, times `along`: pi(a) along(a)."""
        return described.exp() * along

    def log_prob(self, described: Tensor, actions: Tensor) -> Tensor:
        """log pi(a | o) of a policy as `described` gives it."""
        return described.gather(-1, actions[..., None]).squeeze(-1)

    def described(self, obs: Tensor) -> Tensor:
        """The policy itself, as `divergence` takes it: log-probabilities."""
        return self.actor(obs).log_softmax(-1)

    def get_value(self, obs: Tensor) -> Tensor:
        """V(o), [..., 1]."""
        return self.critic(obs)

    def get_action_and_value(
        self, obs: Tensor, action: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """CleanRL's interface: action, log pi, entropy, V [..., 1]."""
        taken = self._drawn(obs) if action is None else action
        found = self.evaluate(obs, taken)
        return taken, found.logp, found.entropy, found.values[..., None]

    def _drawn(self, obs: Tensor) -> Tensor:
        return self.actor(obs).softmax(-1).multinomial(1).squeeze(-1)


class GaussianActorCritic(nn.Module):
    """A normal policy with a free deviation for each number, and a critic."""

    def __init__(self, obs_size: int, n_numbers: int, width: int = 64) -> None:
        super().__init__()
        self.actor_mean = layers(obs_size, width, n_numbers, last_gain=0.01)
        self.actor_logstd = nn.Parameter(torch.zeros(n_numbers))
        self.critic = layers(obs_size, width, 1, last_gain=1.0)
        self.n_numbers = n_numbers

    def noise(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Standard normal, one number for each of an action's."""
        size = (*shape, self.n_numbers)
        return torch.randn(size, generator=generator, device=generator.device)

    def act(self, obs: Tensor, noise: Tensor) -> Tensor:
        """mean + deviation times noise."""
        return self.actor_mean(obs) + self.actor_logstd.exp() * noise

    def evaluate(self, obs: Tensor, actions: Tensor) -> Evaluation:
        """log pi, entropy and V, with their graphs."""
        mean, log_std = self.actor_mean(obs), self.actor_logstd
        logp = self._log_density(mean, log_std, actions)
        entropy = (log_std + 0.5 * (1 + _LOG_2_PI)).sum()
        return Evaluation(
            logp=logp,
            entropy=entropy.expand(logp.shape),
            values=self.critic(obs).squeeze(-1),
        )

    def divergence(self, obs: Tensor, old: Tensor) -> Tensor:
        """KL(old || pi) at each observation; old holds mean and log deviation, [..., 2, D]."""
        return self.between(old, self.described(obs))

    def between(self, old: Tensor, new: Tensor) -> Tensor:
        """KL(old || new) of two policies as `described` gives them."""
        (mean, log_std), (old_mean, old_log_std) = new.unbind(-2), old.unbind(-2)
        squares = (2 * old_log_std).exp() + (old_mean - mean) ** 2
        return (log_std - old_log_std + 0.5 * squares * (-2 * log_std).exp() - 0.5).sum(-1)

    def metric(self, described: Tensor, along: Tensor) -> Tensor:
        """The Fisher metric of the description, times `along`.

        1 / deviation^2 for the mean, 2 for the log deviation.
        """
        precision = (-2 * described.unbind(-2)[1]).exp()
        return along * torch.stack([precision, torch.full_like(precision, 2.0)], dim=-2)

    def log_prob(self, described: Tensor, actions: Tensor) -> Tensor:
        """log pi(a | o) of a policy as `described` gives it."""
        mean, log_std = described.unbind(-2)
        return self._log_density(mean, log_std, actions)

    def _log_density(self, mean: Tensor, log_std: Tensor, actions: Tensor) -> Tensor:
        """The one formula behind `evaluate` and `log_prob`: no ratio can have two of them."""
        distance = (actions - mean) * (-log_std).exp()
        return (-0.5 * distance**2 - log_std - 0.5 * _LOG_2_PI).sum(-1)

    def described(self, obs: Tensor) -> Tensor:
        """The policy itself, as `divergence` takes it: mean and log deviation, [..., 2, D]."""
        mean = self.actor_mean(obs)
        return torch.stack([mean, self.actor_logstd.expand_as(mean)], dim=-2)

    def get_value(self, obs: Tensor) -> Tensor:
        """V(o), [..., 1]."""
        return self.critic(obs)

    def get_action_and_value(
        self, obs: Tensor, action: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """CleanRL's interface: action, log pi, entropy, V [..., 1]."""
        taken = self._drawn(obs) if action is None else action
        found = self.evaluate(obs, taken)
        return taken, found.logp, found.entropy, found.values[..., None]

    def _drawn(self, obs: Tensor) -> Tensor:
        # By a distribution of PyTorch's: whoever looks at an agent from outside finds it there.
        mean = self.actor_mean(obs)
        return Normal(mean, self.actor_logstd.exp().expand_as(mean)).sample()


def make_networks(
    obs_size: int, actions: Actions, seed: int, width: int = 64
) -> DiscreteActorCritic | GaussianActorCritic:
    """Networks for observations and actions of these sizes, drawn from a seed alone."""
    # Not above: these build on the classes of this module.
    from rlcheck.algorithms.multi_discrete import MultiDiscreteActorCritic
    from rlcheck.algorithms.squashed import SquashedActorCritic

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if actions.kind == "multi-discrete":
            return MultiDiscreteActorCritic(obs_size, actions.choices, width)
        if actions.kind == "squashed":
            return SquashedActorCritic(obs_size, actions.low, actions.high, width)
        kind = DiscreteActorCritic if actions.kind == "discrete" else GaussianActorCritic
        return kind(obs_size, actions.size, width)


class Layers(nn.Sequential):
    """Linear, tanh, linear, tanh, linear, called as one.

    A module's call costs as much as a product of eight rows, and so do the six look-ups of its
    parameters as attributes: in a rollout that was half the time.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name is PyTorch's
        """The output of the last layer."""
        first, _, second, _, last = self._modules.values()
        return _product(last, torch.tanh(_product(second, torch.tanh(_product(first, input)))))


def _product(linear: nn.Module | None, x: Tensor) -> Tensor:
    assert isinstance(linear, nn.Linear)
    own = linear._parameters
    weight, bias = own["weight"], own["bias"]
    assert weight is not None
    return functional.linear(x, weight, bias)


def layers(inputs: int, width: int, outputs: int, last_gain: float) -> Layers:
    """Linear, tanh, linear, tanh, linear; orthogonal weights of gain sqrt(2), biases of zero."""
    sizes = [(inputs, width, 2**0.5), (width, width, 2**0.5), (width, outputs, last_gain)]
    linears = []
    for before, after, gain in sizes:
        linear = nn.Linear(before, after)
        nn.init.orthogonal_(linear.weight, gain)
        nn.init.zeros_(linear.bias)
        linears.append(linear)
    return Layers(linears[0], nn.Tanh(), linears[1], nn.Tanh(), linears[2])
