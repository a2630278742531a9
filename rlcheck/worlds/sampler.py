"""Experience sampled from a finite world: whole episodes, or segments with automatic reset.

Vectorised over rollouts; the only loop is over time. Every draw inverts a distribution function
at a uniform variate of 53 bits, so that dyadic probabilities are met exactly and an outcome of
probability zero never happens.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import _door
from rlcheck.worlds.drawing import distribution_function, inverse
from rlcheck.worlds.rollout import Rollout
from rlcheck.worlds.tabular import TabularMDP

# Whether all episodes have ended is asked only so often: on a GPU each question waits for it.
_STEPS_BETWEEN_QUESTIONS = 16
_MOST_STEPS = 100_000

Row = dict[str, Tensor]  # one time step of a Rollout, each [N]
Advance = Callable[[Row], tuple[Tensor, Tensor]]  # (states, steps) that follow a row


def sample_episodes(
    world: TabularMDP,
    pi: Float[Tensor, "S A"],
    n: int,
    generator: torch.Generator,
    device: torch.device | str | None = None,
    max_steps: int | None = None,
) -> Rollout:
    """Samples n whole episodes, padded to the longest of them.

    An episode ends at a terminal state or at the horizon (`terminated`), or at the time limit
    (`truncated`); the last slot's `next_obs` is the final observation.

    Args:
        world: where to play.
        pi: pi(a | s), rows summing to one; a graph on it is ignored.
        n: number of episodes.
        generator: the only source of randomness, on the device where sampling is done.
        device: where to sample and where the result lies; by default the generator's.
        max_steps: an upper bound on the length of an episode, kept in order never to hang;
            100,000 by default.

    Raises:
        InvalidArgument: for a policy with which some episode never ends (no horizon, no time
            limit, and a trap within reach), and where an episode is longer than `max_steps`:
            a cut episode is not whole, and is never handed out as if it were.
    """
    n = _door.count("n", n)
    allowed = _MOST_STEPS if max_steps is None else _door.count("max_steps", max_steps)
    game = _Game.start(world, pi, generator, device)
    if world.time_limit is None and not world.is_proper(pi):
        raise InvalidArgument.of(
            "pi",
            pi,
            "with this policy some episode never ends",
            "a world with a horizon or a "
            "time_limit, a policy that reaches a terminal state, or sample_segments",
        )
    states, steps = game.reset(n), torch.zeros(n, dtype=torch.int64, device=game.device)
    alive = torch.ones(n, dtype=torch.bool, device=game.device)
    rows: list[Row] = []
    while len(rows) < allowed:
        row = game.play(states, steps) | {"mask": alive}
        rows.append(row)
        alive = alive & ~(row["terminated"] | row["truncated"])
        # A finished episode plays on behind its mask, at any state that is not terminal.
        states = torch.where(alive, row["next_states"], row["states"])
        steps = steps + 1
        if len(rows) % _STEPS_BETWEEN_QUESTIONS == 0 and not bool(alive.any()):
            break
        if len(rows) in (world.horizon, world.time_limit):
            break
    if bool(alive.any()):
        raise InvalidArgument.of(
            "max_steps",
            allowed,
            f"{int(alive.sum())} of {n} episodes are longer",
            "a larger one, or a world with a time_limit",
        )
    return _trimmed(game.rollout(rows)).with_clean_padding()


def sample_segments(
    world: TabularMDP,
    pi: Float[Tensor, "S A"],
    n: int,
    length: int,
    generator: torch.Generator,
    device: torch.device | str | None = None,
) -> Rollout:
    """Samples n segments of fixed length, beginning anew in the very row after an end.

    Every slot is real. Where an episode ends, `next_obs` keeps its final observation, the row
    below holds the first observation of the next episode, and `steps` counts from zero again. The
    last row is no end unless the episode ended there: bootstrap it with V(next_obs).

    Args:
        world: where to play; it need not ever end.
        pi: pi(a | s), rows summing to one; a graph on it is ignored.
        n: number of segments, each beginning with a fresh episode.
        length: number of steps of each.
        generator: the only source of randomness, on the device where sampling is done.
        device: where to sample and where the result lies; by default the generator's.
    """
    n, length = _door.count("n", n), _door.count("length", length)
    game = _Game.start(world, pi, generator, device)
    states, steps = game.reset(n), torch.zeros(n, dtype=torch.int64, device=game.device)
    real = torch.ones(n, dtype=torch.bool, device=game.device)
    rows: list[Row] = []
    for _ in range(length):
        row = game.play(states, steps) | {"mask": real}
        rows.append(row)
        done = row["terminated"] | row["truncated"]
        states = torch.where(done, game.reset(n), row["next_states"])
        steps = torch.where(done, 0, steps + 1)
    return game.rollout(rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Game:
    """A world and a policy with their distribution functions, on the device of the generator."""

    world: TabularMDP
    first: Float[Tensor, " S"]
    choices: Float[Tensor, "S A"]
    successors: Float[Tensor, "S A S"]
    generator: torch.Generator

    @classmethod
    def start(
        cls,
        world: TabularMDP,
        pi: Float[Tensor, "S A"],
        generator: torch.Generator,
        device: torch.device | str | None,
    ) -> "_Game":
        if not isinstance(generator, torch.Generator):
            raise InvalidArgument.of(
                "generator", generator, "not a generator", "torch.Generator(device).manual_seed(0)"
            )
        target = generator.device if device is None else torch.device(device)
        if generator.device.type != target.type:
            raise InvalidArgument.of(
                "generator",
                generator.device,
                f"not on the device {target} to sample on",
                f"torch.Generator({str(target)!r})",
            )
        world.check_policy(pi)
        world = world.to(target)
        return cls(
            world=world,
            first=distribution_function(world.initial),
            choices=distribution_function(pi.detach().to(target, torch.float64)),
            successors=distribution_function(world.transitions),
            generator=generator,
        )

    @property
    def device(self) -> torch.device:
        return self.world.device

    def reset(self, n: int) -> Int64[Tensor, " N"]:
        return self._draw(self.first.expand(n, -1))

    def play(self, states: Int64[Tensor, " N"], steps: Int64[Tensor, " N"]) -> Row:
        """One transition of each rollout, with the flags as `TabularMDP` defines them."""
        actions = self._draw(self.choices[states])
        next_states = self._draw(self.successors[states, actions])
        terminated = self.world.terminal[next_states]
        if self.world.horizon is not None:
            terminated = terminated | (steps + 1 == self.world.horizon)
        truncated = torch.zeros_like(terminated)
        if self.world.time_limit is not None:
            truncated = (steps + 1 == self.world.time_limit) & ~terminated
        return {
            "states": states,
            "actions": actions,
            "rewards": self.world.rewards[states, actions, next_states],
            "next_states": next_states,
            "terminated": terminated,
            "truncated": truncated,
            "steps": steps,
        }

    def rollout(self, rows: list[Row]) -> Rollout:
        columns = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
        observations = self.world.observations
        return Rollout(
            obs=observations[columns["states"]],
            next_obs=observations[columns["next_states"]],
            **columns,
        )

    def _draw(self, functions: Float[Tensor, "N K"]) -> Int64[Tensor, " N"]:
        uniform = torch.rand(
            functions.shape[0], 1, dtype=torch.float64, device=self.device, generator=self.generator
        )
        return inverse(functions, uniform).squeeze(1)


def _trimmed(rollout: Rollout) -> Rollout:
    """Without the rows below the end of the longest episode."""
    longest = int(rollout.lengths.max())
    kept = {name: x[:longest] for name, x in vars(rollout).items() if x is not None}
    return Rollout(**kept)
