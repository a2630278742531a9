"""The smallest world of a finding: its facts, and its transitions as a table."""

from rich.console import Group, RenderableType
from rich.text import Text

from rlcheck.reports.layout import number, pairs, table
from rlcheck.reports.phrases import world_facts
from rlcheck.verdict import Finding


def smallest_world(finding: Finding, boxed: bool) -> RenderableType:
    """Facts as `name value`, and where they are known (s, a, s') -> probability and reward."""
    facts = pairs(world_facts(finding))
    moves = [
        (s, a, after, number(p, 6), number(r, 6)) for s, a, after, p, r in transitions(finding)
    ]
    if not moves:
        return facts
    return Group(facts, Text(""), table(("s", "a", "s'", "probability", "reward"), moves, boxed))


def transitions(finding: Finding) -> list[tuple[int, int, int, float, float]]:
    """(s, a, s', probability, reward) of all that can happen; none where states are no list."""
    probabilities, rewards = finding.world.get("transitions"), finding.world.get("rewards")
    if probabilities is None or rewards is None:
        return []
    return [
        (s, a, after, p, rewards[s][a][after])
        for s, actions in enumerate(probabilities)
        for a, row in enumerate(actions)
        for after, p in enumerate(row)
        if p > 0
    ]
