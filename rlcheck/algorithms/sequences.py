"""From T steps of N environments to whole sequences that a recurrent update is taken on.

What a policy remembers belongs to a column, so that columns are kept whole: a minibatch is some
environments with all of their steps. `starts[t]` is true where `obs[t]` begins an episode. It is
true, too, after a slot that is no transition (see `environments`): whichever way environments
begin anew, the observation of a reset is the first that its episode's state has seen.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.algorithms.environments import Environments
from rlcheck.algorithms.recurrent_networks import RecurrentActorCritic
from rlcheck.estimators import gae


@dataclass(frozen=True, kw_only=True, eq=False)
class Position:
    """Where all environments stand between two segments; without a graph, where networks are.

    Attributes:
        obs: to act on next, [N, O].
        state: what has been remembered, [1, N, H].
        starts: where `obs` begins an episode, [N].
    """

    obs: Float[Tensor, "N O"]
    state: Float[Tensor, "1 N H"]
    starts: Bool[Tensor, " N"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Sequences:
    """A segment, with what the old policy says of it.

    Attributes:
        obs: [T, N, O].
        actions: [T, N], or [T, N, D].
        starts: where an observation begins an episode, [T, N].
        initial_state: what was remembered before the first row, without a graph, [1, N, H].
        logp_old: log pi_old(a_t | what was seen), [T, N].
        values_old: V_old of the same, [T, N].
        advantages: [T, N].
        returns: what the critic is to give, advantages + values_old, [T, N].
        real: where a slot holds a transition, [T, N].
    """

    obs: Float[Tensor, "T N O"]
    actions: Tensor
    starts: Bool[Tensor, "T N"]
    initial_state: Float[Tensor, "1 N H"]
    logp_old: Float[Tensor, "T N"]
    values_old: Float[Tensor, "T N"]
    advantages: Float[Tensor, "T N"]
    returns: Float[Tensor, "T N"]
    real: Bool[Tensor, "T N"]

    def columns(self, chosen: Tensor) -> "Sequences":
        """Some environments, with all of their steps."""
        return Sequences(**{name: value[:, chosen] for name, value in vars(self).items()})


@torch.no_grad()
def collect_sequences(
    environments: Environments,
    networks: RecurrentActorCritic,
    position: Position,
    length: int,
    generator: torch.Generator,
    gamma: float,
    gae_lambda: float,
) -> tuple[Sequences, Position]:
    """Plays T steps in every environment, and estimates advantages by GAE."""
    device, noise = generator.device, networks.noise((length, environments.count), generator)
    rows, here = [], position
    for t in range(length):
        actions, state = networks.act(here.obs, here.state, here.starts, noise[t])
        step = environments.step(actions)
        rows.append((here, actions, step))
        begins = (step.terminated | step.truncated | ~step.real).to(device)
        here = Position(obs=step.obs.to(device), state=state, starts=begins)
    played = {
        name: torch.stack([getattr(row[2], name) for row in rows]).to(device)
        for name in ("next_obs", "rewards", "terminated", "truncated", "real")
    }
    known = {
        "obs": torch.stack([row[0].obs for row in rows]),
        "actions": torch.stack([row[1] for row in rows]),
        "starts": torch.stack([row[0].starts for row in rows]),
        "initial_state": position.state,
    }
    return _with_advantages(networks, known, played, gamma, gae_lambda), here


def _with_advantages(
    networks: RecurrentActorCritic,
    known: dict[str, Tensor],
    played: dict[str, Tensor],
    gamma: float,
    gae_lambda: float,
) -> Sequences:
    remembered, _ = networks.memory(known["obs"], known["initial_state"], known["starts"])
    old = networks.heads.evaluate(remembered, known["actions"])
    # The successor's value is of the same history and one observation more, also where it was cut.
    following = networks.memory.after(played["next_obs"], remembered)
    next_values = networks.heads.get_value(following).squeeze(-1)
    real = played["real"]
    # A slot that is none begins anew: nothing is carried over it, and the mask drops its own.
    advantages = gae(
        played["rewards"], old.values, next_values, played["terminated"],
        played["truncated"] | ~real, gamma, gae_lambda,
    )  # fmt: skip
    return Sequences(
        obs=known["obs"], actions=known["actions"], starts=known["starts"],
        initial_state=known["initial_state"], logp_old=old.logp, values_old=old.values,
        advantages=advantages, returns=advantages + old.values, real=real,
    )  # fmt: skip
