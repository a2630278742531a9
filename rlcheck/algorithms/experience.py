"""From T steps of N environments to what an update is taken on.

Networks and environments may live on two devices. What a rollout sends between them is what it
needs: an observation there, an action back, one of each a step; everything else goes in one piece
when the rollout is over.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.networks import ActorCritic
from rlcheck.errors import InvalidArgument
from rlcheck.estimators import gae


@dataclass(frozen=True, kw_only=True, eq=False)
class Segment:
    """T steps of N environments, as they were played; where the networks are.

    Attributes:
        obs: [T, N, O].
        actions: [T, N], or [T, N, D].
        next_obs: what followed, final observations included, [T, N, O].
        rewards: [T, N].
        terminated: [T, N].
        truncated: [T, N].
        real: where a slot holds a transition, [T, N]; from `collect` still where the environments
            are: how many there are decides sizes, and the host has to know it.
        last_obs: where the next segment goes on, [N, O]; where the environments are.
    """

    obs: Float[Tensor, "T N O"]
    actions: Tensor
    next_obs: Float[Tensor, "T N O"]
    rewards: Float[Tensor, "T N"]
    terminated: Bool[Tensor, "T N"]
    truncated: Bool[Tensor, "T N"]
    real: Bool[Tensor, "T N"]
    last_obs: Float[Tensor, "N O"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Experience:
    """The transitions of a segment, one row each, with what the old policy says of them.

    Attributes:
        obs: [B, O].
        actions: [B], or [B, D].
        logp_old: log pi_old(a | o), [B].
        values_old: V_old(o), [B].
        advantages: [B].
        returns: what the critic is to give, advantages + values_old, [B].
    """

    obs: Float[Tensor, "B O"]
    actions: Tensor
    logp_old: Float[Tensor, " B"]
    values_old: Float[Tensor, " B"]
    advantages: Float[Tensor, " B"]
    returns: Float[Tensor, " B"]

    def __len__(self) -> int:
        return len(self.obs)

    def __getitem__(self, rows: Tensor) -> "Experience":
        return Experience(**{name: value[rows] for name, value in vars(self).items()})

    def split(self, sizes: list[int]) -> list["Experience"]:
        """Pieces of so many transitions, in order; views."""
        pieces = zip(*(value.split(sizes) for value in vars(self).values()), strict=True)
        return [Experience(**dict(zip(vars(self), piece, strict=True))) for piece in pieces]


@torch.no_grad()
def collect(
    environments: Environments,
    networks: ActorCritic,
    obs: Float[Tensor, "N O"],
    length: int,
    generator: torch.Generator,
) -> Segment:
    """Plays T steps in every environment; nothing but actions is computed meanwhile."""
    noise = networks.noise((length, environments.count), generator)
    rows, here = [], obs
    for drawn in noise.unbind(0):
        seen = here.to(generator.device)
        actions = networks.act(seen, drawn)
        step = environments.step(actions)
        rows.append((seen, actions, step))
        here = step.obs
    return Segment(
        obs=torch.stack([row[0] for row in rows]),
        actions=torch.stack([row[1] for row in rows]),
        **{
            name: torch.stack([getattr(row[2], name) for row in rows]).to(generator.device)
            for name in ("next_obs", "rewards", "terminated", "truncated")
        },
        real=torch.stack([row[2].real for row in rows]),
        last_obs=here,
    )


@torch.no_grad()
def collect_episodes(
    environments: Environments,
    networks: ActorCritic,
    obs: Float[Tensor, "N O"],
    most_steps: int,
    generator: torch.Generator,
) -> Segment:
    """Plays one episode in every environment, from its reset; `real` ends where the episode does.

    Raises:
        InvalidArgument: an episode is longer than `most_steps`: a part of one is none.
    """
    rows, here, device = [], obs, generator.device
    alive = torch.ones(environments.count, dtype=torch.bool, device=obs.device)
    while len(rows) < most_steps and bool(alive.any()):
        seen = here.to(device)
        actions = networks.act(seen, networks.noise((environments.count,), generator))
        step = environments.step(actions)
        rows.append((seen, actions, step, alive))
        alive = alive & ~(step.terminated | step.truncated)
        here = step.obs
    if bool(alive.any()):
        raise InvalidArgument.of(
            "most_steps", most_steps, f"{int(alive.sum())} episodes are longer", "a larger one"
        )
    real = torch.stack([row[3] for row in rows])

    def there(name: str) -> Tensor:
        return torch.stack([getattr(row[2], name) for row in rows])

    return Segment(
        obs=torch.stack([row[0] for row in rows]),
        actions=torch.stack([row[1] for row in rows]),
        next_obs=there("next_obs").to(device),
        rewards=(there("rewards") * real).to(device),
        terminated=(there("terminated") & real).to(device),
        truncated=(there("truncated") & real).to(device),
        real=real.to(device),
        last_obs=here,
    )


@torch.no_grad()
def with_advantages(
    segment: Segment, networks: ActorCritic, gamma: float, gae_lambda: float
) -> Experience:
    """The transitions with their advantages by GAE, and what the old policy says of them.

    A step that was terminated has no successor's value; one that was truncated has that of its
    final observation.
    """
    old = networks.evaluate(segment.obs, segment.actions)
    next_values = networks.get_value(segment.next_obs).squeeze(-1)
    real = segment.real.to(segment.obs.device)
    # A slot that is none begins anew: nothing is carried over it, and its own credit is dropped.
    advantages = gae(
        segment.rewards, old.values, next_values, segment.terminated,
        segment.truncated | ~real, gamma, gae_lambda,
    )  # fmt: skip
    # Looked for once, and where the environments are: a mask on the networks' device would wait
    # for it at each of the six arrays.
    rows = segment.real.flatten().nonzero().squeeze(-1).to(segment.obs.device)
    whole = {
        "obs": segment.obs,
        "actions": segment.actions,
        "logp_old": old.logp,
        "values_old": old.values,
        "advantages": advantages,
        "returns": advantages + old.values,
    }
    if len(rows) == real.numel():
        return Experience(**{name: value.flatten(0, 1) for name, value in whole.items()})
    return Experience(**{name: value.flatten(0, 1)[rows] for name, value in whole.items()})
