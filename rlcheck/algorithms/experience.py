"""From T steps of N environments to what an update is taken on."""

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
    """T steps of N environments, as they were played.

    Attributes:
        obs: [T, N, O].
        actions: [T, N], or [T, N, D].
        next_obs: what followed, final observations included, [T, N, O].
        rewards: [T, N].
        terminated: [T, N].
        truncated: [T, N].
        real: where a slot holds a transition, [T, N].
        last_obs: where the next segment goes on, [N, O].
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

    def split(self, size: int) -> list["Experience"]:
        """Pieces of `size` transitions in order, the last one shorter; views."""
        pieces = zip(*(value.split(size) for value in vars(self).values()), strict=True)
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
        actions = networks.act(here, drawn)
        step = environments.step(actions)
        rows.append((here, actions, step))
        here = step.obs
    return Segment(
        obs=torch.stack([row[0] for row in rows]),
        actions=torch.stack([row[1] for row in rows]),
        **{
            name: torch.stack([getattr(row[2], name) for row in rows])
            for name in ("next_obs", "rewards", "terminated", "truncated", "real")
        },
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
    rows, here = [], obs
    alive = torch.ones(environments.count, dtype=torch.bool, device=environments.device)
    while len(rows) < most_steps and bool(alive.any()):
        actions = networks.act(here, networks.noise((environments.count,), generator))
        step = environments.step(actions)
        rows.append((here, actions, step, alive))
        alive = alive & ~(step.terminated | step.truncated)
        here = step.obs
    if bool(alive.any()):
        raise InvalidArgument.of(
            "most_steps", most_steps, f"{int(alive.sum())} episodes are longer", "a larger one"
        )
    real = torch.stack([row[3] for row in rows])
    return Segment(
        obs=torch.stack([row[0] for row in rows]),
        actions=torch.stack([row[1] for row in rows]),
        next_obs=torch.stack([row[2].next_obs for row in rows]),
        rewards=torch.stack([row[2].rewards for row in rows]) * real,
        terminated=torch.stack([row[2].terminated for row in rows]) & real,
        truncated=torch.stack([row[2].truncated for row in rows]) & real,
        real=real,
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
    # A slot that is none begins anew: nothing is carried over it, and its own credit is dropped.
    advantages = gae(
        segment.rewards, old.values, next_values, segment.terminated,
        segment.truncated | ~segment.real, gamma, gae_lambda,
    )  # fmt: skip
    every = Experience(
        obs=segment.obs.flatten(0, 1),
        actions=segment.actions.flatten(0, 1),
        logp_old=old.logp.flatten(),
        values_old=old.values.flatten(),
        advantages=advantages.flatten(),
        returns=(advantages + old.values).flatten(),
    )
    # The one question to the device; where all is real nothing needs to be copied.
    real = segment.real.flatten()
    return every if bool(real.all()) else every[real]
