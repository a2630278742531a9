import pytest

from rlcheck.reports.html.heat import heat_map
from rlcheck.verdict import Finding

WORLD = {
    "transitions": [[[0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, 1]], [[0, 0, 1], [0, 0, 1]]],
    "terminal states": [2],
}


def finding(*where, world=WORLD, horizon=None):
    return Finding(property="exact-on-policy", where=where, world=world, horizon=horizon)


def test_each_bias_stands_at_its_place():
    found = heat_map(finding((0, 1, 0, 0.3), (2, 0, 1, -0.06), horizon=4))
    assert found.times == ("t=0", "t=1", "t=2", "t=3")
    assert [row.name for row in found.rows] == ["s0, a0", "s0, a1", "s1, a0", "s1, a1"]
    texts = [[cell.text for cell in row.cells] for row in found.rows]
    assert texts == [
        ["·", "·", "·", "·"],
        ["·", "·", "−0.06", "·"],
        ["0.3", "·", "·", "·"],
        ["·", "·", "·", "·"],
    ]


@pytest.mark.parametrize(
    ("bias", "shade"),
    [(1.0, "plus-3"), (-1.0, "minus-3"), (0.66, "plus-2"), (-0.34, "minus-2"), (0.33, "plus-1"),
     (-1e-9, "minus-1")],
)  # fmt: skip
def test_shades_are_thirds_of_the_largest(bias, shade):
    found = heat_map(finding((0, 0, 0, 1.0), (0, 1, 1, bias)))
    assert found.rows[3].cells[0].shade == shade


@pytest.mark.parametrize("largest", [0.1, 0.3, 1 / 3, 7e-9, 1e300])
def test_the_largest_has_the_last_shade_whatever_rounding_does(largest):
    found = heat_map(finding((0, 0, 0, -largest)))
    assert found.rows[0].cells[0].shade == "minus-3"


def test_the_larger_of_two_at_one_place_is_shown():
    found = heat_map(finding((0, 0, 0, 0.5), (0, 0, 0, -2.0), (0, 0, 0, 0.25)))
    assert found.rows[0].cells[0].text == "−2"


def test_values_of_states_have_no_action_and_a_loop_has_no_time():
    found = heat_map(finding((None, 0, None, 0.5), (None, 1, 1, 0.25)))
    assert found.times == ("all t",)
    assert "s0" in [row.name for row in found.rows]
    alone = heat_map(finding((None, 0, None, 0.5)))
    assert [row.name for row in alone.rows] == ["s0"]


def test_the_legend_names_every_shade_once():
    legend = heat_map(finding((0, 0, 0, 3.0))).legend
    assert [shade for shade, _ in legend] == [
        "minus-3", "minus-2", "minus-1", "none", "plus-1", "plus-2", "plus-3",
    ]  # fmt: skip
    assert dict(legend)["minus-3"] == "−3 to −2"
    assert dict(legend)["plus-1"] == "0 to 1"


@pytest.mark.parametrize("found", [finding(), finding((0, 0, 0, float("nan")))])
def test_no_place_no_map(found):
    assert heat_map(found) is None
