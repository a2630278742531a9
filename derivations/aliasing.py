"""Two states that look the same: what a deterministic policy cannot do (row C7).

The vacuum cleaner's corridor: five cells, dirt in the middle one, a step costs one, a step into a
wall stays. The cleaner sees the wall at either end and nothing else: cells 1 and 3 look the same
to it, and want opposite actions. Cleaning ends the episode, which begins in 1 or in 3.

Source: Singh, Jaakkola & Jordan (1994); the world is `rlcheck.worlds.gallery.vacuum_corridor`.
"""

from typing import Any

from sympy import Expr, Rational, S

from derivations.assumptions import DISCOUNTED
from derivations.language.functionals import ObjectiveForever, Value
from derivations.language.problem import Problem
from derivations.language.statement import Derivation, at_least, at_most, equal, words
from derivations.language.terms import OLD, THETA, gamma, rho
from derivations.language.world import Size

CELLS = 5
HALF = Rational(1, 2)
LEFT, RIGHT = S.Zero, S.One
"""The probabilities with which a deterministic policy goes right."""


def _in(cell: int) -> tuple[Any, ...]:
    return tuple(S.One if other == cell else S.Zero for other in range(CELLS))


def _rows(in_corridor: Any, at_left_wall: Any = RIGHT, at_right_wall: Any = LEFT) -> tuple:
    """The policy by its probability of going right; in the dirt, where all ends, any will do."""
    rights = (at_left_wall, in_corridor, LEFT, in_corridor, at_right_wall)
    return tuple((1 - right, right) for right in rights)


def corridor(policy: tuple, old: tuple) -> Problem:
    """The corridor with two policies in it."""
    dynamics = [(_in(max(cell - 1, 0)), _in(min(cell + 1, CELLS - 1))) for cell in range(CELLS)]
    dynamics[2] = (_in(2), _in(2))
    rewards: list[tuple[Expr, Expr]] = [(-S.One, -S.One)] * CELLS
    rewards[2] = (S.Zero, S.Zero)
    return Problem(
        name="vacuum cleaner's corridor",
        size=Size(states=CELLS, actions=2, steps=1),
        initial=(S.Zero, HALF, S.Zero, HALF, S.Zero),
        dynamics=tuple(dynamics),
        reward=tuple(rewards),
        policy=policy,
        old=old,
    )


J, J_OLD = ObjectiveForever(THETA, gamma), ObjectiveForever(OLD, gamma)


def value(policy: Any, cell: int) -> Value:
    """V of a cell."""
    return Value(policy, gamma, S(cell))


def from_far_side(right: Any) -> Any:
    """(1 + γ (1 − right)) / (1 − γ² (1 − right)): the steps, discounted, from cell 1."""
    return (1 + gamma * (1 - right)) / (1 - gamma**2 * (1 - right))


COIN = -(1 + gamma / 2) / (1 - gamma**2 / 2)
FAR_SIDES = (1 - gamma**2 * rho) * (1 - gamma**2 * (1 - rho))
SHORTFALL = HALF**2 * gamma**3 * (1 + gamma) * (2 * rho - 1) ** 2 / (1 - gamma**2 / 2) / FAR_SIDES
"""What a coin that is not even loses."""
LEAD = HALF**2 * gamma**3 / (1 - gamma) / (1 - gamma**2 / 2)
SETTING = words(
    "ρ is the probability of going right in the corridor, in cell 1 as in cell 3: they look the "
    "same. At the walls the policy turns round at once.",
    "ρ 为在走廊中向右走的概率, 1 号格与 3 号格相同, 因为两者看起来一样。在两端墙边立即折返。",
)

BEST_COIN = Derivation(
    name="best-stochastic-policy-under-aliasing",
    rows=("C7",),
    title=words(
        "In the corridor an even coin is the best policy of what is seen",
        "在走廊中, 均匀掷币是基于观测的最优策略",
    ),
    setting=SETTING,
    problem=corridor(_rows(rho), _rows(rho)),
    start=J,
    lines=(
        equal(
            (value(THETA, 1) + value(THETA, 3)) / 2,
            "The episode begins in 1 or in 3.",
            "回合始于 1 或 3。",
            assumes=(DISCOUNTED,),
        ),
        equal(
            -(from_far_side(rho) + from_far_side(1 - rho)) / 2,
            "V(1) = −1 + γ (1 − ρ) (−1 + γ V(1)), and V(3) likewise with 1 − ρ for ρ.",
            "V(1) = −1 + γ (1 − ρ) (−1 + γ V(1)); V(3) 同理, ρ 换为 1 − ρ。",
        ),
        equal(
            COIN - SHORTFALL,
            "Over a common denominator: a square in 2ρ − 1 is taken from the value at ρ = 1/2.",
            "通分: 等于 ρ = 1/2 处的值减去 2ρ − 1 的平方项。",
        ),
        at_most(
            COIN,
            "The square is not negative; at ρ = 1/2 it is zero.",
            "平方项非负; 在 ρ = 1/2 处为零。",
            certificate=SHORTFALL,
        ),
    ),
)

ONE_SIDE = -(1 + 1 / (1 - gamma)) / 2


def _deterministic(name: str, title: dict, policy: tuple, cleaned: int, lost: int) -> Derivation:
    return Derivation(
        name=name,
        rows=("C7",),
        title=title,
        setting=words(
            "ρ is what the policy does at the wall that it meets; it does not matter.",
            "ρ 表示策略在所遇墙边的行为; 它不影响结果。",
        ),
        problem=corridor(policy, policy),
        start=J,
        lines=(
            equal(
                (value(THETA, cleaned) + value(THETA, lost)) / 2,
                "The episode begins in 1 or in 3.",
                "回合始于 1 或 3。",
            ),
            equal(
                ONE_SIDE,
                "From one side the dirt is one step away; from the other it is never met, and "
                "every step costs one: −1/(1 − γ).",
                "从一侧只需一步即达污物; 从另一侧永远到不了, 每步代价为一: −1/(1 − γ)。",
                assumes=(DISCOUNTED,),
            ),
        ),
    )


ALWAYS_RIGHT = _deterministic(
    "always-right-under-aliasing",
    words("A policy that goes right wherever it sees no wall", "不见墙便向右走的策略"),
    _rows(RIGHT, at_right_wall=rho),
    1,
    3,
)
ALWAYS_LEFT = _deterministic(
    "always-left-under-aliasing",
    words("A policy that goes left wherever it sees no wall", "不见墙便向左走的策略"),
    _rows(LEFT, at_left_wall=rho),
    3,
    1,
)

GAP = Derivation(
    name="gap-under-aliasing",
    rows=("C7",),
    title=words(
        "The even coin beats every deterministic policy of what is seen",
        "均匀掷币优于任何基于观测的确定性策略",
    ),
    setting=words(
        "π_θ tosses an even coin in the corridor, π_old always goes right; always left is worth "
        "the same. A greedy policy of any Q of what is seen is one of the two.",
        "π_θ 在走廊中均匀掷币, π_old 总是向右; 总是向左价值相同。"
        "对任何基于观测的 Q 的贪心策略必为二者之一。",
    ),
    problem=corridor(_rows(HALF), _rows(RIGHT)),
    start=J - J_OLD,
    lines=(
        equal(
            COIN - ONE_SIDE,
            "Both values are known.",
            "两者的价值均已求得。",
            uses=("best-stochastic-policy-under-aliasing", "always-right-under-aliasing"),
            assumes=(DISCOUNTED,),
        ),
        equal(
            LEAD,
            "Over a common denominator.",
            "通分。",
        ),
        at_least(
            0,
            "γ lies between zero and one; as it goes to one, the gap grows without bound.",
            "γ 介于零与一之间; 当 γ 趋于一时差距无界增长。",
            certificate=LEAD,
        ),
    ),
)

RESULTS = (BEST_COIN, ALWAYS_RIGHT, ALWAYS_LEFT, GAP)
