"""Curves are one XML file, with every line's number in its place."""

import xml.etree.ElementTree as ElementTree

import pytest

from rlcheck.errors import InvalidArgument
from rlcheck.training import begun
from rlcheck.training.curves import draw
from rlcheck.training.folders import METRICS
from tests.unit.training.running import small

SVG = "{http://www.w3.org/2000/svg}"


def drawn(folder, *lines):
    begun(small("ppo"), folder)
    (folder / METRICS).write_text("".join(f"{line}\n" for line in lines))
    return ElementTree.parse(draw(folder)).getroot()


def test_each_quantity_that_is_there_is_a_curve(tmp_path):
    root = drawn(
        tmp_path / "run",
        '{"steps": 0, "return": null, "entropy": 0.5}',
        '{"steps": 100, "return": 10.0, "entropy": 0.5}',
        '{"steps": 200, "return": 30.0, "entropy": 0.5}',
    )
    inside = root.findall(f"{SVG}svg")
    assert [plot.get("aria-label").split(",")[0] for plot in inside] == [
        "mean return of the episodes that ended", "entropy of the policy",
    ]  # fmt: skip
    [curve] = (p for p in inside[0].iter(f"{SVG}path") if "rl-curve" in p.get("class"))
    places = [tuple(map(float, p.split(","))) for p in curve.get("d")[1:].split("L")]
    assert len(places) == 2
    assert places[0][0] < places[1][0]
    assert places[0][1] > places[1][1], "a greater number stands higher"


def test_one_line_is_no_curve(tmp_path):
    with pytest.raises(InvalidArgument, match="less than two lines"):
        drawn(tmp_path / "run", '{"steps": 100, "return": 10.0}')
