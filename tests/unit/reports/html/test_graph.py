import random
from itertools import combinations

import pytest

from rlcheck.reports.html import graph, to_html
from rlcheck.reports.html.graph import graph_of
from rlcheck.verdict import Finding, Outcome, Verdict
from tests.unit.reports.html.parsing import Page


def world(n_states, n_actions, n_after, seed=0, ends=()):
    """A random world in which every action has so many successors."""
    draw = random.Random(seed)
    transitions = [[[0.0] * n_states for _ in range(n_actions)] for _ in range(n_states)]
    rewards = [[[0.0] * n_states for _ in range(n_actions)] for _ in range(n_states)]
    for s in range(n_states):
        for a in range(n_actions):
            for after in draw.sample(range(n_states), n_after):
                transitions[s][a][after] = 1 / n_after
                rewards[s][a][after] = draw.choice([0.0, -12.375, 1 / 3, 2.5])
    return {
        "initial": [1.0] + [0.0] * (n_states - 1), "terminal states": list(ends),
        "transitions": transitions, "rewards": rewards,
    }  # fmt: skip


def finding(made):
    return Finding(property="exact-on-policy", world=made)


SIZES = [
    (1, 2, 1, ()), (2, 2, 1, ()), (2, 2, 2, ()), (2, 3, 2, ()), (3, 2, 1, (2,)), (3, 2, 2, ()),
    (3, 2, 3, (2,)), (4, 2, 1, ()), (4, 2, 2, (3,)), (4, 3, 2, ()), (5, 2, 2, (4,)),
]  # fmt: skip


@pytest.mark.parametrize(("n_states", "n_actions", "n_after", "ends"), SIZES)
@pytest.mark.parametrize("seed", range(4))
def test_no_label_touches_another_nor_a_node(n_states, n_actions, n_after, ends, seed):
    drawn = graph_of(finding(world(n_states, n_actions, n_after, seed, ends)))
    boxes = [
        # 11 px high, and no digit of a sans-serif is wider than 0.65 of that.
        (x, y + offset, 0.65 * 11 * (2 + len(text)), 11.0)
        for edge in drawn.edges if edge.reward
        for (x, y) in [edge.label]
        for text, offset in ((edge.probability, -8.0), (edge.reward, 8.0))
    ]  # fmt: skip
    boxes += [(state.x, state.y, 2 * graph.RADIUS, 2 * graph.RADIUS) for state in drawn.states]
    boxes += [(graph.CENTRE, a.y, 2 * graph.HALF_ACTION, 18.0) for a in drawn.actions]
    for (x, y, width, height), (u, v, other_width, other_height) in combinations(boxes, 2):
        apart_across = abs(x - u) >= (width + other_width) / 2
        apart_down = abs(y - v) >= (height + other_height) / 2
        assert apart_across or apart_down
    for x, y, width, height in boxes:
        assert x - width / 2 >= 0
        assert x + width / 2 <= graph.WIDTH
        assert y - height / 2 >= -4
        assert y + height / 2 <= drawn.height + 4


@pytest.mark.parametrize(("n_states", "n_actions", "n_after", "ends"), SIZES)
def test_every_transition_is_drawn_once_and_every_choice(n_states, n_actions, n_after, ends):
    drawn = graph_of(finding(world(n_states, n_actions, n_after, ends=ends)))
    alive = n_states - len(ends)
    assert len(drawn.states) == n_states
    assert len(drawn.actions) == alive * n_actions
    assert sum(bool(edge.reward) for edge in drawn.edges) == alive * n_actions * n_after
    assert sum(not edge.reward for edge in drawn.edges) == alive * n_actions
    assert len({edge.words for edge in drawn.edges}) == len(drawn.edges)


def test_an_edge_says_its_probability_and_reward():
    made = world(2, 1, 2)
    made["transitions"][0][0] = [0.25, 0.75]
    made["rewards"][0][0] = [0.0, -1.5]
    drawn = graph_of(finding(made))
    [edge] = [e for e in drawn.edges if e.words.startswith("s0, a0 to s1")]
    assert (edge.probability, edge.reward) == ("0.75", "−1.5")
    assert edge.words == "s0, a0 to s1: probability 0.75, reward -1.5"


def test_ends_are_marked_and_starts_told():
    drawn = graph_of(finding(world(3, 2, 1, ends=(2,))))
    assert [state.terminal for state in drawn.states] == [False, False, True]
    assert [state.start for state in drawn.states] == ["1", "", ""]


@pytest.mark.parametrize(
    "made",
    [{}, {"dynamics A": [[1.0]]}, world(6, 2, 1), world(4, 3, 4)],
    ids=["nothing", "continuous", "too many states", "too many transitions"],
)
def test_what_has_no_readable_graph_has_none(made):
    assert graph_of(finding(made)) is None


def test_a_large_world_is_an_open_table_instead():
    def page(made):
        verdict = Verdict(subject="f", claim="gae", outcome=Outcome.BIASED, finding=finding(made))
        return Page(to_html([verdict]))

    small, large = page(world(2, 2, 2)), page(world(4, 3, 4))
    assert (len(small.of_class("world")), len(large.of_class("world"))) == (1, 0)
    assert ["open" in a for a in small.of_class("inner")] == [False]
    assert ["open" in a for a in large.of_class("inner")] == [True]
    assert large.text.count("0.25") >= 4 * 3 * 4
