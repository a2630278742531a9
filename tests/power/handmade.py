"""Random batches and right forms written by hand, to try the corpus without its judge.

Nothing of rlcheck is used but its boolean arrays: the tables of faults and of correct
implementations are held against these few lines before any checker sees them.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Independent, Normal

N_STATES, N_ACTIONS, STEPS, ROLLOUTS = 4, 3, 5, 4
FLAG_WORDS = {"terminated", "truncated", "dones", "dones_before", "next_done"} | {
    "episode_starts",
    "last_dones",
    "discount_t",
}
OUTPUT_CLAIMS = ("gae", "returns", "td-target", "adaptive-kl", "trpo-step")


class Policy(nn.Module):
    """A linear softmax policy, or a linear Gaussian one with a free log_std."""

    def __init__(self, generator: torch.Generator, continuous: bool) -> None:
        super().__init__()
        outputs = 2 if continuous else N_ACTIONS
        weight = torch.randn(N_STATES, outputs, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(weight)
        self.log_std = nn.Parameter(torch.full((2,), -0.3).double()) if continuous else None

    def network(self, obs: Tensor) -> Any:
        raw = obs @ self.weight
        return raw if self.log_std is None else (raw, self.log_std.expand_as(raw))

    def forward(self, obs: Tensor) -> Any:
        raw = self.network(obs)
        if self.log_std is None:
            return Categorical(logits=raw)
        return Independent(Normal(raw[0], raw[1].exp()), 1)

    def moved(self, generator: torch.Generator, size: float) -> "Policy":
        other = Policy(generator, self.log_std is not None)
        with torch.no_grad():
            other.weight.copy_(self.weight + size * (other.weight - self.weight))
        return other.requires_grad_(False)


class Critic(nn.Module):
    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(N_STATES, generator=generator).double())

    def forward(self, obs: Tensor) -> Tensor:
        return obs @ self.weight


class ActionValues(nn.Module):
    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        table = torch.randn(N_STATES, N_ACTIONS, generator=generator, dtype=torch.float64)
        self.weight = nn.Parameter(table)

    def forward(self, obs: Tensor) -> Tensor:
        return obs @ self.weight


@dataclass
class Agent:
    policy: Policy
    critic: Critic

    def get_value(self, obs: Tensor) -> Tensor:
        return self.critic(obs).unsqueeze(-1)

    def get_action_and_value(self, obs: Tensor, action: Tensor) -> tuple[Tensor, ...]:
        law = self.policy(obs)
        return action, law.log_prob(action), law.entropy(), self.get_value(obs)


@dataclass
class HandBatch:
    """[T, N] arrays by the vocabulary's names, the networks, and the settings."""

    arrays: dict[str, Tensor]
    policy: Policy
    policy_old: Policy
    critic: Critic
    settings: dict[str, float]
    q: ActionValues
    target_q: ActionValues
    operator: Callable[[Tensor], Tensor] | None = None

    def parameters(self) -> list[nn.Parameter]:
        return [*self.policy.parameters(), *self.critic.parameters(), *self.q.parameters()]

    def word(self, name: str) -> Any:
        a, p = self.arrays, self.policy
        later: dict[str, Callable[[], Any]] = {
            "policy": lambda: p,
            "network": lambda: p.network,
            "policy_old": lambda: self.policy_old,
            "value_fn": lambda: self.critic,
            "q_fn": lambda: self.q,
            "target_q_fn": lambda: self.target_q,
            "q_values": lambda: self.q(a["obs"]),
            "next_q_values": lambda: self.q(a["next_obs"]),
            "next_target_q_values": lambda: self.target_q(a["next_obs"]).detach(),
            "agent": lambda: Agent(p, self.critic),
            "logp": lambda: p(a["obs"]).log_prob(a["actions"]),
            "entropy": lambda: p(a["obs"]).entropy(),
            "values_new": lambda: self.critic(a["obs"]),
            "operator": lambda: self.operator,
            "last_values": lambda: a["next_values"][-1],
            "dones": lambda: a["terminated"] | a["truncated"],
            "dones_before": lambda: _shifted(a["terminated"] | a["truncated"]),
            "episode_starts": lambda: a["steps"] == 0,
            "next_done": lambda: (a["terminated"] | a["truncated"])[-1],
            "last_dones": lambda: (a["terminated"] | a["truncated"])[-1],
            "discount_t": lambda: self.settings["gamma"] * (~a["terminated"]).double(),
        }
        if name in self.settings:
            return self.settings[name]
        return later[name]() if name in later else a[name].clone()


def _shifted(flags: Tensor) -> Tensor:
    return torch.cat([torch.zeros_like(flags[:1]), flags[:-1]])


def make_batch(seed: int, form: str, *, moved: float = 0.4, continuous: bool = False) -> HandBatch:
    """One random batch: form is "whole", "padded", "segments", "cut" (with truncation), "carried".

    The last is segments of a policy that remembers, and goes on with what it remembered.
    """
    if form == "carried":
        from tests.power.handmade_memory import with_memory

        return with_memory(make_batch(seed, "segments"), seed, moved)
    g = torch.Generator().manual_seed(seed)
    policy, critic = Policy(g, continuous), Critic(g)
    old = policy.moved(g, moved)
    shape = (STEPS, ROLLOUTS)
    mask, terminated, truncated = _ends(g, form, shape)
    ended = terminated | truncated
    states = torch.randint(N_STATES, shape, generator=g)
    eye = torch.eye(N_STATES, dtype=torch.float64)
    obs, far = eye[states], eye[torch.randint(N_STATES, shape, generator=g)]
    real = [torch.randn(shape, generator=g, dtype=torch.float64) for _ in range(7)]
    rewards, values, far_values, old_values, advantages, returns, _ = real
    carries = torch.cat([~ended[:-1], torch.zeros_like(ended[:1])])
    next_obs = torch.where(carries.unsqueeze(-1), obs.roll(-1, 0), far)
    next_values = torch.where(carries, values.roll(-1, 0), far_values)
    law = old(obs)
    torch.manual_seed(seed)
    actions = law.sample()
    arrays = {"obs": obs, "next_obs": next_obs, "actions": actions, "rewards": rewards * mask}
    arrays |= {"values": values, "next_values": next_values, "values_old": old_values}
    arrays |= {"advantages": advantages, "returns": returns, "logp_old": law.log_prob(actions)}
    arrays |= {"mask": mask, "terminated": terminated, "truncated": truncated}
    arrays["steps"] = _steps(ended)
    target = 0.02 * (1 + seed % 3)
    settings = {"gamma": 0.9 - 0.1 * (seed % 2), "gae_lambda": 0.8 + 0.1 * (seed % 2)}
    settings |= {"clip_eps": 0.1 + 0.1 * (seed % 2), "vf_coef": 0.5 + 0.25 * (seed % 2)}
    settings |= {"ent_coef": 0.1 + 0.05 * (seed % 2), "kl_coef": 0.3 + 0.1 * (seed % 2)}
    settings |= {"kl_target": target, "kl": target * (0.45, 0.6, 0.8, 1.2, 1.7, 3.0)[seed % 6]}
    tables = torch.Generator().manual_seed(1000 + seed)
    q, target_q = ActionValues(tables), ActionValues(tables)
    return HandBatch(arrays, policy, old, critic, settings | hand_settings(seed), q, target_q)


def hand_settings(seed: int) -> dict[str, float]:
    """Settings under which trust-region steps are taken whole, shortened, and refused."""
    return {
        "max_kl": (0.02, 0.5, 2000.0)[seed % 3],
        "damping": (0.1, 0.01)[seed % 2],
        "cg_iterations": 20,
        "cg_tolerance": 1e-20,
        "backtrack_coeff": (0.5, 0.8)[seed % 2],
        "backtracks": (10, 1)[seed // 3 % 2],
    }


def _ends(g: torch.Generator, form: str, shape: tuple[int, int]) -> tuple[Tensor, ...]:
    none = torch.zeros(shape, dtype=torch.bool)
    if form in ("whole", "padded"):
        lengths = torch.full((shape[1],), shape[0])
        if form == "padded":
            lengths = torch.tensor([5, 2, 4, 3])[torch.randperm(4, generator=g)]
        rows = torch.arange(shape[0]).unsqueeze(1)
        return rows < lengths, rows == lengths - 1, none
    terminated = torch.rand(shape, generator=g) < 0.25
    if form == "segments":
        return ~none, terminated, none
    return ~none, terminated, (torch.rand(shape, generator=g) < 0.3) & ~terminated


def _steps(ended: Tensor) -> Tensor:
    steps = torch.zeros(ended.shape, dtype=torch.int64)
    for t in range(1, len(ended)):
        steps[t] = torch.where(ended[t - 1], 0, steps[t - 1] + 1)
    return steps


def form_for(asked: set[str], layout: str) -> str:
    """The richest batches that a function's arguments allow."""
    if "initial_state" in asked:
        return "carried"
    if "mask" in asked or (layout == "flat" and asked & FLAG_WORDS):
        return "padded"
    if "truncated" in asked:
        return "cut"
    return "segments" if asked & (FLAG_WORDS | {"steps"}) else "whole"


def call(function: Callable[..., Any], batch: HandBatch, kwargs: Mapping[str, Any]) -> Any:
    """Calls a function with what it asks for, in its layout; gives outputs back as [T, N]."""
    layout, mask = kwargs.get("layout", "TN"), batch.arrays["mask"]
    given = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        word = kwargs.get("names", {}).get(name, name)
        try:
            value = batch.word(word)
        except KeyError:
            assert parameter.default is not parameter.empty, f"{name} is unknown"
            continue
        if isinstance(value, Tensor):
            value = to_layout(value, layout, mask)
            if value.dtype == torch.bool:
                value = _Flag(value) if kwargs.get("arrays") != "numpy" else value
            value = value.numpy() if kwargs.get("arrays") == "numpy" else value
        given[name] = value
    found = function(**given)
    return tuple(map(torch.as_tensor, found)) if isinstance(found, tuple) else found


def to_layout(value: Tensor, layout: str, mask: Tensor) -> Tensor:
    if layout == "TN" or value.shape[:2] != mask.shape:
        return value
    value = value.transpose(0, 1)
    return value[mask.T] if layout == "flat" else value


def _Flag(value: Tensor) -> Tensor:
    from rlcheck.subjects.flags import flag  # the one thing that is not worth writing twice

    return flag(value)


def gradient(loss: Tensor, batch: HandBatch) -> Tensor:
    parts = torch.autograd.grad(loss, batch.parameters(), allow_unused=True)
    zeros = [torch.zeros_like(p) for p in batch.parameters()]
    return torch.cat([(z if g is None else g).flatten() for g, z in zip(parts, zeros, strict=True)])


def found_vector(
    claim: str, function: Callable[..., Any], batch: HandBatch, kwargs: Mapping[str, Any]
) -> list[Tensor]:
    """What the function gives: its gradient, or its outputs at the valid slots of each rollout."""
    if claim == "trpo-step":
        from tests.power.handmade_steps import found_of  # it reads batches, which are made here

        words = set(inspect.signature(function).parameters)
        return [found_of(words, batch, lambda: call(function, batch, kwargs))]
    found = call(function, batch, kwargs)
    if claim == "adaptive-kl":
        return [torch.as_tensor(found, dtype=torch.float64).flatten()]
    if claim not in OUTPUT_CLAIMS:
        return [gradient(found, batch)]
    found = found if isinstance(found, tuple) else (found,)
    layout, mask = kwargs.get("layout", "TN"), batch.arrays["mask"]
    return [torch.as_tensor(f)[to_layout(mask, layout, mask)] for f in found]


def due_vector(claim: str, due: Any, batch: HandBatch, layout: str = "TN") -> list[Tensor]:
    """The same of the right form."""
    if claim == "adaptive-kl":
        return [due.flatten().double()]
    if claim not in OUTPUT_CLAIMS:
        return [gradient(due, batch)]
    mask = batch.arrays["mask"]
    return [to_layout(d, layout, mask)[to_layout(mask, layout, mask)] for d in due]
