"""The smallest world as a graph whose labels cannot overlap, whatever the world.

States stand in a column on the left and one on the right, actions in a column between them.
Every transition has a row and one of two lanes to itself, its label in it; edges bend only outside
the lanes. The rows of one action make a block, the blocks are in the order of their states.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rlcheck.reports.layout import number
from rlcheck.reports.world import transitions
from rlcheck.verdict import Finding

# Beyond these a table is easier to read.
_MOST_STATES = 5
_MOST_ROWS = 24

WIDTH = 370.0
RADIUS = 22.0
CENTRE = WIDTH / 2
_STATE_X = 26.0
_LANE = (98.0, 154.0)  # of the left side; the right one is its mirror image
HALF_ACTION = 13.0
_LABELLED, _PLAIN, _GAP = 32.0, 14.0, 8.0
_SMALLEST_HEIGHT = 76.0
_WIDEST_ANGLE = math.radians(65)


@dataclass(frozen=True, kw_only=True)
class State:
    """A circle: where, its name, the probability to start there, whether the episode ends."""

    x: float
    y: float
    name: str
    start: str
    terminal: bool


@dataclass(frozen=True, kw_only=True)
class Action:
    """A small box: the action of one state."""

    y: float
    name: str


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A line, from an action with label and arrow, to an action without either.

    Attributes:
        path: SVG path data.
        words: what it says, for those who do not see it.
        label: where probability and reward stand.
        probability: as a label.
        reward: as a label; empty for the edge from a state to its action.
        arrow: its tip, and the angle in degrees at which it points.
    """

    path: str
    words: str
    label: tuple[float, float] = (0.0, 0.0)
    probability: str = ""
    reward: str = ""
    arrow: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """All that is drawn, in a frame of `WIDTH` by `height`."""

    height: float
    states: tuple[State, ...]
    actions: tuple[Action, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A line between a state and an action, at a height and on a side (-1 left, 1 right)."""

    y: float
    side: int
    state: int
    action_y: float
    move: tuple[int, int, int, float, float] | None
    words: str


def graph_of(finding: Finding) -> Graph | None:
    """The world of a finding as a graph; none where it has no list of states, or too long a one."""
    ends = set(finding.world.get("terminal states") or [])
    moves = [move for move in transitions(finding) if move[0] not in ends]
    initial = finding.world.get("initial") or []
    n_states = max((max(s, after) for s, _, after, _, _ in moves), default=-1) + 1
    if not 0 < n_states <= _MOST_STATES or len(moves) > _MOST_ROWS:
        return None
    rows, actions, height = _blocks(moves)
    height = max(height, _SMALLEST_HEIGHT * math.ceil(n_states / 2))
    states = tuple(
        State(
            x=_STATE_X if _side(s) < 0 else WIDTH - _STATE_X,
            y=height * (s // 2 + 0.5) / len(range(s % 2, n_states, 2)),
            name=f"s{s}",
            start=number(initial[s], 3) if s < len(initial) and initial[s] else "",
            terminal=s in ends,
        )
        for s in range(n_states)
    )
    edges = tuple(edge for s, state in enumerate(states) for edge in _edges(s, state, rows))
    return Graph(height=height, states=states, actions=actions, edges=edges)


def _side(state: int) -> int:
    return -1 if state % 2 == 0 else 1


def _blocks(moves: Sequence[tuple]) -> tuple[list[_Row], tuple[Action, ...], float]:
    """The rows of every action, from the top down, and the height that they take."""
    rows: list[_Row] = []
    actions, top = [], 0.0
    for (s, a), group in groupby(moves, key=lambda move: move[:2]):
        outgoing = list(group)
        sizes = {side: _PLAIN * (_side(s) == side) for side in (-1, 1)}
        for move in outgoing:
            sizes[_side(move[2])] += _LABELLED
        middle = top + max(sizes.values()) / 2
        actions.append(Action(y=middle, name=f"a{a}"))
        at = {side: middle - size / 2 for side, size in sizes.items()}
        lines = [(_PLAIN, s, None, f"s{s} chooses a{a}")]
        lines += [(_LABELLED, move[2], move, _said(move)) for move in outgoing]
        for size, state, move, words in lines:
            side = _side(state)
            y = at[side] + size / 2
            at[side] += size
            rows.append(_Row(y=y, side=side, state=state, action_y=middle, move=move, words=words))
        top += max(sizes.values()) + _GAP
    return rows, tuple(actions), top - _GAP


def _said(move: tuple[int, int, int, float, float]) -> str:
    s, a, after, probability, reward = move
    told = f"probability {number(probability, 6)}, reward {number(reward, 6)}"
    return f"s{s}, a{a} to s{after}: {told}"


def _edges(index: int, state: State, rows: Sequence[_Row]) -> list[Edge]:
    """The edges of one state, which meet its circle in the order of their rows."""
    own = sorted((row for row in rows if row.state == index), key=lambda row: row.y)
    return [
        _edge(state, row, _WIDEST_ANGLE * (2 * (k + 0.5) / len(own) - 1))
        for k, row in enumerate(own)
    ]


def _edge(state: State, row: _Row, angle: float) -> Edge:
    def place(x: float) -> float:
        return x if row.side < 0 else WIDTH - x

    inwards = -row.side  # from a circle towards the middle
    radius = RADIUS + 1.0
    tip_x = state.x + inwards * radius * math.cos(angle)
    tip_y = state.y + radius * math.sin(angle)
    far_x = state.x + inwards * (radius + 24) * math.cos(angle)
    far_y = state.y + (radius + 24) * math.sin(angle)
    outer, inner = place(_LANE[0]), place(_LANE[1])
    box = CENTRE - inwards * HALF_ACTION
    middle = (box + inner) / 2
    path = (
        f"M{box:.1f},{row.action_y:.1f} "
        f"C{middle:.1f},{row.action_y:.1f} {middle:.1f},{row.y:.1f} {inner:.1f},{row.y:.1f} "
        f"H{outer:.1f} "
        f"C{outer - inwards * 20:.1f},{row.y:.1f} {far_x:.1f},{far_y:.1f} {tip_x:.1f},{tip_y:.1f}"
    )
    if row.move is None:
        return Edge(path=path, words=row.words)
    pointing = math.degrees(math.atan2(state.y - tip_y, state.x - tip_x))
    return Edge(
        path=path,
        words=row.words,
        label=((outer + inner) / 2, row.y),
        probability=number(row.move[3], 3),
        reward=number(row.move[4], 4).replace("-", "−"),
        arrow=(tip_x, tip_y, pointing),
    )
