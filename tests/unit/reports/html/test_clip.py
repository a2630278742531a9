from dataclasses import replace

import pytest

from rlcheck.reports.html import to_html
from rlcheck.reports.html.clip import clip_planes, surrogate
from rlcheck.verdict import ClipPoint
from tests.snapshots.verdicts import BIASED
from tests.unit.reports.html.parsing import Page

EPS = 0.25


def due(ratio, advantage):
    """The case table of the clipped surrogate: (value, slope along log pi)."""
    if advantage > 0 and ratio > 1 + EPS:
        return (1 + EPS) * advantage, 0.0
    if advantage < 0 and ratio < 1 - EPS:
        return (1 - EPS) * advantage, 0.0
    return ratio * advantage, ratio * advantage


def point(ratio, advantage, found=None, eps=EPS):
    slope = due(ratio, advantage)[1]
    found = slope if found is None else found
    return ClipPoint(
        ratio=ratio, advantage=advantage, clip_eps=eps, due=slope, found=found,
        is_right=found == slope,
    )  # fmt: skip


# The clipped term alone has no slope outside the range: wrong where the minimum is the other one.
CLIPPED_ALONE = [
    point(ratio, advantage, found=None if 0.75 < ratio < 1.25 else 0.0)
    for ratio in (0.4, 0.5, 0.9, 1.1, 1.5, 2.0)
    for advantage in (1.0, -2.0)
]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_curve_is_that_of_the_case_table(sign):
    ratios = [0.1, 0.5, 0.74, 0.76, 1.0, 1.24, 1.26, 3.0]
    values, slopes = surrogate(ratios, sign, EPS)
    assert values == pytest.approx([due(ratio, sign)[0] for ratio in ratios])
    assert slopes == pytest.approx([due(ratio, sign)[1] for ratio in ratios])


def test_wrong_steps_are_counted_in_their_regions():
    [plane] = clip_planes(CLIPPED_ALONE)
    assert plane.counts == (
        ("A > 0", ((2, 2), (0, 2), (0, 2))),
        ("A < 0", ((0, 2), (0, 2), (2, 2))),
    )
    assert (plane.n_wrong, plane.n_steps) == (4, 12)


def test_a_wrong_step_lies_off_the_slope_and_a_right_one_on_it():
    [plane] = clip_planes(CLIPPED_ALONE)
    for panel in plane.panels:
        values, slopes = panel.axes
        assert (len(values.right), len(values.wrong)) == (4, 2)
        assert all(y == expected for _, y, expected in values.wrong)
        assert all(abs(y - expected) > 5 for _, y, expected in slopes.wrong)
        for axes in panel.axes:
            on_curve = [
                tuple(map(float, part.split(",")))
                for path in axes.curves for part in path[1:].split(" L")
            ]  # fmt: skip
            for x, y in axes.right:
                # The curve is a polyline of short straight pieces here.
                near = min(on_curve, key=lambda spot: abs(spot[0] - x))
                assert y == pytest.approx(near[1], abs=6)


def test_everything_is_inside_its_frame():
    [plane] = clip_planes([*CLIPPED_ALONE, point(5.0, 1.0, found=40.0)])
    for panel in plane.panels:
        for axes in panel.axes:
            for x, y, *_ in (*axes.right, *axes.wrong):
                assert 44 <= x <= 340
                assert axes.top <= y <= axes.bottom
            assert 2 <= len(axes.ticks) <= 7


def test_each_clip_range_has_its_plane_the_worst_first():
    planes = clip_planes([point(1.1, 1.0, eps=0.125), *CLIPPED_ALONE])
    assert [plane.clip_eps for plane in planes] == ["0.25", "0.125"]


def test_one_sign_has_one_panel_and_no_steps_have_no_plane():
    [plane] = clip_planes([point(1.1, 1.0)])
    assert [panel.sign for panel in plane.panels] == ["A > 0"]
    assert clip_planes([]) == []


def test_the_page_marks_as_many_steps_as_are_wrong():
    page = Page(to_html([replace(BIASED, clip_points=tuple(CLIPPED_ALONE))]))
    # One in each of the two plots, and one in the legend.
    assert len(page.of_class("wrong")) == 2 * 4 + 1
    assert len(page.of_class("right")) == 2 * 8 + 1
    assert "4 of 12 steps are wrong" in page.text
