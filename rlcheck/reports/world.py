"""The smallest world of a finding: its facts, and its transitions as a table."""

from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from rlcheck.reports.layout import number, pairs, shown, table
from rlcheck.verdict import Finding


def smallest_world(finding: Finding, boxed: bool) -> RenderableType:
    """Facts as `name value`, and where they are known (s, a, s') -> probability and reward."""
    world = dict(finding.world)
    transitions, rewards = world.pop("transitions", None), world.pop("rewards", None)
    facts = pairs(_facts(finding, world))
    if transitions is None or rewards is None:
        return facts
    rows = [
        (s, a, after, number(p, 6), number(rewards[s][a][after], 6))
        for s, actions in enumerate(transitions)
        for a, row in enumerate(actions)
        for after, p in enumerate(row)
        if p > 0
    ]
    moves = table(("s", "a", "s'", "probability", "reward"), rows, boxed)
    return Group(facts, Text(""), moves)


def _facts(finding: Finding, world: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [("states", str(finding.n_states))] if finding.n_states is not None else []
    if finding.horizon is not None and world.get("horizon") is None:
        facts.append(("horizon", str(finding.horizon)))
    if world.get("name") == world.get("form"):
        world.pop("name", None)
    # What a world does not have (no limit, no terminal state) is not worth a line.
    return facts + [(k, shown(v)) for k, v in world.items() if v is not None and v not in ([], {})]
