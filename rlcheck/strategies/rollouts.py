"""Rollouts that can happen in a world: whole episodes, and segments with resets."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.strategies import _door
from rlcheck.strategies._games import Game, GaussianGame, Move, TabularGame
from rlcheck.strategies._numbers import Draw
from rlcheck.strategies.tabular import tabular_mdps
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.rollout import Rollout
from rlcheck.worlds.tabular import TabularMDP

World = TabularMDP | LinearGaussianMDP


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """T and N at most."""

    length: int
    rollouts: int

    @classmethod
    def checked(cls, max_length: int, max_rollouts: int) -> "_Shape":
        return cls(
            length=_door.whole_number("max_length", max_length, 1, 1000),
            rollouts=_door.whole_number("max_rollouts", max_rollouts, 1, 1000),
        )


def rollouts(
    world: World | None = None,
    pi: Float[Tensor, "S A"] | None = None,
    *,
    max_length: int = 4,
    max_rollouts: int = 3,
) -> SearchStrategy[Rollout]:
    """Episodes or segments of a world, or of a tabular world that is drawn first.

    Args:
        world: where they happen; None for any of `tabular_mdps`.
        pi: the policy, as in `episodes`.
        max_length: T at most.
        max_rollouts: N at most.

    Raises:
        InvalidArgument: a bound is outside its range, or `pi` is no policy of the world.
    """
    shape = _Shape.checked(max_length, max_rollouts)
    if world is None:
        if pi is not None:
            raise InvalidArgument.of("pi", pi, "belongs to no world", "the world, too")
        return tabular_mdps().flatmap(lambda drawn: _either(_game(drawn, None), shape))
    return _either(_game(world, pi), shape)


def episodes(
    world: World,
    pi: Float[Tensor, "S A"] | None = None,
    *,
    max_length: int = 4,
    max_rollouts: int = 3,
) -> SearchStrategy[Rollout]:
    """Whole episodes, one a column, padded to the longest of them.

    Each is possible: initial state, actions and successors have positive probability. The end lies
    wherever the world can end an episode. One that has not ended after `max_length` steps is cut
    there, its last step with neither flag. In a continuous world actions and disturbances are
    readable numbers.

    Args:
        world: where they happen.
        pi: the policy of a tabular world, [S, A]; None for any action in any state.
        max_length: T at most.
        max_rollouts: N at most.

    Raises:
        InvalidArgument: a bound is outside its range, or `pi` is no policy of the world.
    """
    return _episodes(_game(world, pi), _Shape.checked(max_length, max_rollouts))


def segments(
    world: World,
    pi: Float[Tensor, "S A"] | None = None,
    *,
    max_length: int = 4,
    max_rollouts: int = 3,
) -> SearchStrategy[Rollout]:
    """Segments that start with a fresh episode; one that ends is followed by the next one.

    Every slot is real, and an end or truncation may lie in any of them that the world allows.

    Args:
        world: where they happen.
        pi: the policy of a tabular world, [S, A]; None for any action in any state.
        max_length: T at most.
        max_rollouts: N at most.

    Raises:
        InvalidArgument: a bound is outside its range, or `pi` is no policy of the world.
    """
    return _segments(_game(world, pi), _Shape.checked(max_length, max_rollouts))


def _either(game: Game, shape: _Shape) -> SearchStrategy[Rollout]:
    return st.one_of(_episodes(game, shape), _segments(game, shape))


def _game(world: World, pi: Tensor | None) -> Game:
    if isinstance(world, TabularMDP):
        if pi is None:
            any_action = torch.ones(world.n_states, world.n_actions, dtype=torch.bool)
            return TabularGame.of(world, any_action)
        world.check_policy(pi)
        return TabularGame.of(world, pi > 0)
    if pi is not None:
        raise InvalidArgument.of(
            "pi", pi, "a continuous world has no table of actions", "None: every action is possible"
        )
    return GaussianGame(world=world)


@st.composite
def _episodes(draw: Draw, game: Game, shape: _Shape) -> Rollout:
    columns = [_episode(draw, game, shape.length) for _ in range(_count(draw, shape))]
    return _stacked(game, columns).with_clean_padding()


@st.composite
def _segments(draw: Draw, game: Game, shape: _Shape) -> Rollout:
    length = draw(st.integers(1, shape.length))
    columns: list[list[Move]] = []
    for _ in range(_count(draw, shape)):
        column: list[Move] = []
        while len(column) < length:
            column += _episode(draw, game, length - len(column))
        columns.append(column)
    return _stacked(game, columns)


def _count(draw: Draw, shape: _Shape) -> int:
    return draw(st.integers(1, shape.rollouts))


def _episode(draw: Draw, game: Game, length: int) -> list[Move]:
    """One episode up to its end, or its first `length` steps."""
    state, moves = game.reset(draw), []
    for step in range(length):
        moves.append(game.move(draw, state, step))
        if moves[-1].terminated or moves[-1].truncated:
            break
        state = moves[-1].after
    return moves


def _stacked(game: Game, columns: list[list[Move]]) -> Rollout:
    """[T, N] from the columns; what is missing below one repeats its last transition."""
    lengths = [len(column) for column in columns]
    rows = [[column[min(t, len(column) - 1)] for column in columns] for t in range(max(lengths))]

    def grid(name: str) -> Tensor:
        slots = [[torch.as_tensor(getattr(move, name)) for move in row] for row in rows]
        return torch.stack([torch.stack(row) for row in slots])

    return Rollout(
        mask=torch.arange(max(lengths))[:, None] < torch.tensor(lengths),
        terminated=grid("terminated"),
        truncated=grid("truncated"),
        steps=grid("step"),
        **game.fields(grid("state"), grid("action"), grid("after")),
    )
