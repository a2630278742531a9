"""The fast sampler: states and actions of a tabular policy, and nothing else.

Where a policy is a table, action and successor are one draw: for every state one alias table over
the pairs (a, s') that are possible there, Pr(a, s' | s) = pi(a | s) P(s' | s, a). A step is then
one uniform, one cell and one comparison. The draw of the first state is a table more, that of a
state before the beginning.

Columns are taken in blocks that stay in the cache, rows of a block one after another. A row is
stepped by compiled code (numba, the extra `fast`), else by NumPy, on another device by PyTorch; all
three read the same uniforms in the same order, and differ in speed alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds import _door
from rlcheck.worlds.drawing import AliasTables, alias_tables
from rlcheck.worlds.tabular import TabularMDP

BLOCK = 16_384
"""Columns a block on the CPU: one row of uniforms is 128 KiB."""

Generator: TypeAlias = torch.Generator | np.random.Generator
Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Paths:
    """N paths of T steps: action `actions[t]` led from `states[t]` to `states[t + 1]`.

    A path that has entered a terminal state stays there, at reward zero, as `TabularMDP` stores
    such states; horizon and time limit play no part.

    Attributes:
        states: [T + 1, N], int32.
        actions: [T, N], int32.
    """

    states: Int[Tensor, "T1 N"]
    actions: Int[Tensor, "T N"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Moves:
    """A world and a policy as tables: one row a state, and one more for the beginning.

    An outcome is a * 2^shift + s'.

    Attributes:
        tables: S + 1 rows; the last one draws the first state, with action 0.
        shift: the least with S <= 2^shift.
    """

    tables: AliasTables
    shift: int

    @classmethod
    def of(cls, world: TabularMDP, pi: Float[Tensor, "S A"]) -> "Moves":
        """The tables of a policy in a world."""
        world.check_policy(pi)
        shift = max(0, world.n_states - 1).bit_length()
        joint = pi.detach().cpu().double()[:, :, None] * world.transitions.cpu()
        rows = [_possible(joint[s], shift) for s in range(world.n_states)]
        return cls(
            tables=alias_tables([*rows, _possible(world.initial.cpu()[None], shift)]), shift=shift
        )


def sample_paths(
    world: TabularMDP, pi: Float[Tensor, "S A"], n: int, length: int, generator: Generator
) -> Paths:
    """Samples n paths of `length` steps from the initial law.

    Args:
        world: where to play.
        pi: pi(a | s), rows summing to one.
        n: N.
        length: T; of whole episodes of a world with a horizon, the horizon.
        generator: the only source of randomness. One of PyTorch's decides by its device where
            sampling is done and where the result lies. One of NumPy's is several times as fast as
            PyTorch's on the CPU.

    Raises:
        InvalidArgument: for what is no policy of this world, a count below one, or no generator.

    Source: `sample_episodes` has flags, rewards and observations besides, and the same law.
    """
    n, length = _door.count("n", n), _door.count("length", length)
    if not isinstance(generator, (torch.Generator, np.random.Generator)):
        raise InvalidArgument.of(
            "generator", generator, "not a generator",
            "torch.Generator(device).manual_seed(0) or numpy.random.default_rng(0)",
        )  # fmt: skip
    moves = Moves.of(world, pi)
    if isinstance(generator, torch.Generator) and generator.device.type != "cpu":
        return paths_by_torch(moves, n, length, generator)
    return paths_by_blocks(moves, n, length, generator, compiled_row() or row_by_numpy)


Row: TypeAlias = Callable[[Array, Array, Array, Array, int, Array, Array], None]
"""(uniforms, cuts, outcomes, here, shift, states, actions), one number a column: a step of a block.

`here` holds the states that are left, and is overwritten with those that are entered."""


def paths_by_blocks(
    moves: Moves, n: int, length: int, generator: Generator, step: Row, block: int = BLOCK
) -> Paths:
    """The route of the CPU: `step` takes a block of columns through one row."""
    cuts, outcomes = moves.tables.cuts.numpy(), moves.tables.outcomes.numpy().astype(np.int32)
    states = np.empty((length + 1, n), dtype=np.int32)
    actions = np.empty((length, n), dtype=np.int32)
    nothing = np.empty(block, dtype=np.int32)
    for start in range(0, n, block):
        columns = slice(start, min(start + block, n))
        width = columns.stop - start
        here = np.full(width, len(cuts) - 1, dtype=np.intp)
        uniforms = np.empty(width)
        for t in range(length + 1):
            _fill(uniforms, generator)
            taken = actions[t - 1, columns] if t > 0 else nothing[:width]
            step(uniforms, cuts, outcomes, here, moves.shift, states[t, columns], taken)
    return Paths(states=torch.from_numpy(states), actions=torch.from_numpy(actions))


def row_by_numpy(
    uniforms: Array, cuts: Array, outcomes: Array, here: Array, shift: int,
    states: Array, actions: Array,
) -> None:  # fmt: skip
    """One step of a block in NumPy."""
    cells = cuts.shape[1]
    place = (uniforms * cells).astype(np.intp)
    place += here * cells
    late = uniforms >= cuts.reshape(-1).take(place)
    place <<= 1
    place += late
    drawn = outcomes.reshape(-1).take(place)
    np.right_shift(drawn, shift, out=actions)
    np.bitwise_and(drawn, (1 << shift) - 1, out=states)
    here[:] = states


def paths_by_torch(moves: Moves, n: int, length: int, generator: torch.Generator) -> Paths:
    """The route of any device: a few operations for each step of all columns."""
    device = generator.device
    tables = AliasTables(
        cuts=moves.tables.cuts.to(device), outcomes=moves.tables.outcomes.to(device)
    )
    here = torch.full((n,), len(tables.cuts) - 1, device=device)
    rows = []
    for _ in range(length + 1):
        uniforms = torch.rand(n, dtype=torch.float64, device=device, generator=generator)
        drawn = tables.draw(here, uniforms)
        here = drawn & ((1 << moves.shift) - 1)
        rows.append(drawn.int())
    drawn = torch.stack(rows)
    return Paths(states=drawn & ((1 << moves.shift) - 1), actions=drawn[1:] >> moves.shift)


@cache
def compiled_row() -> Row | None:
    """The compiled step, or None where numba is absent or told not to compile."""
    try:
        from rlcheck.worlds._paths_compiled import COMPILED, row_compiled
    except ImportError:
        return None
    return row_compiled if COMPILED else None


def _fill(uniforms: Array, generator: Generator) -> None:
    if isinstance(generator, np.random.Generator):
        generator.random(out=uniforms)
    else:
        torch.from_numpy(uniforms).uniform_(generator=generator)


def _possible(table: Float[Tensor, "A S"], shift: int) -> dict[int, float]:
    """Outcome -> probability of what can happen."""
    likely = table.nonzero().tolist()
    return {(a << shift) + s: float(table[a, s]) for a, s in likely}
