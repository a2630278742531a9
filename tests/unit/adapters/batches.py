"""Small batches for the adapters, and the formulas that they are held against, written here."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal, kl_divergence

from rlcheck.subjects.update import catch_update
from tests.requirements import require

T, N, WIDTH, A, D = 3, 4, 5, 3, 2

EXTRA = {
    "stable-baselines3": "sb3",
    "sb3-contrib": "sb3-contrib",
    "torchrl": "torchrl",
    "tianshou": "tianshou",
}


def require_library(name: str) -> None:
    """Skips where the library of an adapter's name is absent."""
    require(EXTRA[name.partition(":")[0]])


class Softmax(nn.Module):
    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, nn.Linear(WIDTH, A, dtype=torch.float64)

    def forward(self, obs: Tensor) -> Distribution:
        return Categorical(logits=self.head(self.trunk(obs)))


class Gaussian(nn.Module):
    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, nn.Linear(WIDTH, D, dtype=torch.float64)
        self.log_std = nn.Parameter(torch.full((D,), -0.3, dtype=torch.float64))

    def forward(self, obs: Tensor) -> Distribution:
        mean = self.head(self.trunk(obs))
        return Independent(Normal(mean, self.log_std.exp().expand_as(mean)), 1)


class Value(nn.Module):
    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk, self.head = trunk, nn.Linear(WIDTH, 1, dtype=torch.float64)

    def forward(self, obs: Tensor) -> Tensor:
        return self.head(self.trunk(obs)).squeeze(-1)


@dataclass(kw_only=True)
class Batch:
    """Everything that a loss may ask for, and the parameters that its gradient is taken in."""

    words: dict[str, Any]
    parameters: dict[str, nn.Parameter]


def make_batch(*, kind: str, off_policy: bool, shared: bool = False, seed: int = 0) -> Batch:
    """Random networks and a batch [T, N] of the behaviour policy's actions."""
    torch.manual_seed(seed)
    policy_class = Softmax if kind == "discrete" else Gaussian
    trunk = nn.Linear(WIDTH, WIDTH, dtype=torch.float64)
    policy = policy_class(trunk)
    value_fn = Value(trunk if shared else nn.Linear(WIDTH, WIDTH, dtype=torch.float64))
    policy_old = policy_class(nn.Linear(WIDTH, WIDTH, dtype=torch.float64))
    if not off_policy:
        policy_old.load_state_dict(policy.state_dict())
    obs = torch.randn(T, N, WIDTH, dtype=torch.float64)
    with torch.no_grad():
        actions = policy_old(obs).sample()
        logp_old = policy_old(obs).log_prob(actions)
    values_old, advantages, returns = torch.randn(3, T, N, dtype=torch.float64)
    words = {"policy": policy, "policy_old": policy_old, "value_fn": value_fn, "obs": obs}
    words |= {"actions": actions, "logp_old": logp_old, "values_old": values_old}
    words |= {"advantages": advantages, "returns": returns}
    words |= {"clip_eps": 0.2, "vf_coef": 0.6, "ent_coef": 0.03, "kl_coef": 0.7}
    # One module of both, so that a shared parameter is named once.
    both = nn.ModuleDict({"policy": policy, "value_fn": value_fn})
    return Batch(words=words, parameters=dict(both.named_parameters()))


def formula(claim: str, words: dict[str, Any]) -> Tensor:
    """The claim's loss on a batch without padding, from its textbook form."""
    distribution, advantages = words["policy"](words["obs"]), words["advantages"]
    logp = distribution.log_prob(words["actions"])
    ratio = (logp - words["logp_old"]).exp()
    if claim == "cpi":
        return -(ratio * advantages).mean()
    if claim == "ppo-penalty":
        kl = kl_divergence(words["policy_old"](words["obs"]), distribution)
        return -(ratio * advantages).mean() + words["kl_coef"] * kl.mean()
    value_loss = (words["value_fn"](words["obs"]) - words["returns"]).pow(2).mean()
    extra = words["vf_coef"] * value_loss - words["ent_coef"] * distribution.entropy().mean()
    if claim == "ppo-loss":
        eps = words["clip_eps"]
        clipped = ratio.clamp(1 - eps, 1 + eps) * advantages
        return -torch.minimum(ratio * advantages, clipped).mean() + extra
    assert claim == "a2c-loss"
    return -(logp * advantages).mean() + extra


def gradient(loss: Tensor, parameters: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    return {
        name: torch.zeros_like(p) if g is None else g
        for (name, p), g in zip(parameters.items(), found, strict=True)
    }


def caught(update: Any, parameters: dict[str, nn.Parameter]) -> dict[str, Tensor]:
    """The gradient at the one optimiser step that an update makes."""
    record = catch_update(update, parameters)
    assert record.steps == 1
    assert not record.clipped
    return {n: record.gradients.get(n, torch.zeros_like(p)) for n, p in parameters.items()}


def relative_error(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> float:
    """Norm of the difference over norm of what is wanted, all parameters together."""
    difference = torch.cat([(found[name] - wanted[name]).flatten() for name in wanted])
    whole = torch.cat([part.flatten() for part in wanted.values()])
    return float(difference.norm() / whole.norm())


def value_words(*, truncation: bool = True, seed: int = 0, steps: int = 6) -> dict[str, Any]:
    """Rewards, values and flags [T, N], where V' is the next row's V inside an episode."""
    generator = torch.Generator().manual_seed(seed)
    rewards, values, next_values = torch.randn(3, steps, N, generator=generator).double()
    draw = torch.rand(steps, N, generator=generator)
    terminated, truncated = draw < 0.2, (draw > 0.75) & truncation
    ends = terminated | truncated
    next_values[:-1] = torch.where(ends[:-1], next_values[:-1], values[1:])
    first = torch.ones(1, N, dtype=torch.bool)
    words = {"rewards": rewards, "values": values, "next_values": next_values}
    words |= {"terminated": terminated, "truncated": truncated, "gamma": 0.9, "gae_lambda": 0.7}
    words |= {"episode_starts": torch.cat([first, ends[:-1]])}
    return words | {"last_values": next_values[-1], "last_dones": ends[-1]}


def advantages_by_sum(words: dict[str, Any]) -> Tensor:
    """GAE as its defining sum over the rest of the episode, one element at a time."""
    gamma, lambda_ = words["gamma"], words["gae_lambda"]
    steps, envs = words["rewards"].shape
    found = torch.zeros(steps, envs, dtype=torch.float64)
    for n in range(envs):
        for t in range(steps):
            weight = 1.0
            for k in range(t, steps):
                ended = bool(words["terminated"][k, n])
                following = 0.0 if ended else float(words["next_values"][k, n])
                reward, value = float(words["rewards"][k, n]), float(words["values"][k, n])
                found[t, n] += weight * (reward + gamma * following - value)
                weight *= gamma * lambda_
                if ended or bool(words["truncated"][k, n]):
                    break
    return found
