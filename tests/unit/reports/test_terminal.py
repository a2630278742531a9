from dataclasses import replace

from rlcheck.reports.terminal import plain_text
from tests.snapshots.verdicts import BIASED


def test_the_three_largest_places_are_named_and_the_rest_counted():
    where = tuple((0, state, 0, 0.5 / (1 + state)) for state in range(5))
    printed = plain_text(replace(BIASED, finding=replace(BIASED.finding, where=where)))
    rows = printed.split("Where the bias sits\n")[1].split("\n\n")[0].splitlines()
    assert [row.split() for row in rows[1:4]] == [
        ["0", "0", "0", "0.5"], ["0", "1", "0", "0.25"], ["0", "2", "0", "0.166667"],
    ]  # fmt: skip
    assert rows[4].strip() == "and 2 smaller"
