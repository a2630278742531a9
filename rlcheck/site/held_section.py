"""The section of a result's page on how it was held against the code: two tables and a figure."""

import math
from collections.abc import Iterator, Sequence

from rlcheck.bridge.figures import Comparison, Figures
from rlcheck.bridge.limits import FALSE_ALARM
from rlcheck.bridge.monte_carlo import Estimated
from rlcheck.site.editions import Edition
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Scale, Stroke, figure

LOWEST = 1e-5
"""The lower edge of the plot of errors, in floors; what lies below it is drawn on it."""

COLOURS = 4


def held_section(edition: Edition, name: str, figures: Sequence[Figures]) -> str:
    """What holding a result against the code gave; empty where nothing was measured.

    Args:
        edition: the language.
        name: of the result.
        figures: of its bridges.
    """
    if not figures:
        return ""
    worlds = max(len(held.errors) for one in figures for held in one.held)
    sentence = edition["held sentence"].format(worlds=worlds)
    parts = [
        f"## {edition['held']}\n",
        f"<p>{sentence}</p>\n",
        _exact_table(edition, figures),
        _monte_carlo(edition, figures),
        figure(_plots(edition, figures), edition["held caption"], f"held-{name}"),
        f"```sh\npython -m rlcheck.bridge {name}\n```\n",
    ]
    return "\n".join(part for part in parts if part)


def _exact_table(edition: Edition, figures: Sequence[Figures]) -> str:
    rows = "".join(
        f"<tr><td>{_codes(held.code) or '–'}</td><td>{_what(edition, one, held)}</td>"
        f"<td>{len(held.errors)}</td><td>{held.error:.1g}</td></tr>"
        for one in figures
        for held in one.held
    )
    return _table([edition[k] for k in ("function", "compared", "worlds", "largest")], rows)


def _monte_carlo(edition: Edition, figures: Sequence[Figures]) -> str:
    estimated = [one for bridge in figures for one in bridge.estimated]
    if not estimated:
        return ""
    rows = "".join(
        f"<tr><td>{_codes(one.code)}</td><td>{one.deviation.draws:,}</td>"
        f"<td>{one.deviation.errors:.2f}</td><td>{one.deviation.limit:.2f}</td></tr>"
        for one in estimated
    )
    sentence = edition["sampled sentence"].format(alarm=f"{FALSE_ALARM:.0e}".replace("e-0", "e-"))
    heads = [edition[k] for k in ("function", "draws", "distance", "limit")]
    return f"<p>{sentence}</p>\n\n{_table(heads, rows)}"


def _table(heads: Sequence[str], rows: str) -> str:
    top = "".join(f"<th>{head}</th>" for head in heads)
    return (
        f'<div class="rl-scroll"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>\n"
    )


def _codes(code: tuple[str, ...]) -> str:
    return ", ".join(f"<code>{_short(name)}</code>" for name in code)


def _short(name: str) -> str:
    return name.removeprefix("rlcheck.")


def _what(edition: Edition, one: Figures, held: Comparison) -> str:
    place = f" ({one.at})" if one.at else ""
    return edition[f"held {held.what}"] + place


def _plots(edition: Edition, figures: Sequence[Figures]) -> list[Plot]:
    plots = [_errors(edition, [held for one in figures for held in one.held])]
    estimated = [one for bridge in figures for one in bridge.estimated]
    return [*plots, _distances(edition, estimated)] if estimated else plots


def _errors(edition: Edition, compared: Sequence[Comparison]) -> Plot:
    """One point for each world and comparison; those of a function have one colour."""
    names = [
        _short(held.code[0]) if held.code else edition["held line by line"] for held in compared
    ]
    colours = {name: 1 + place % COLOURS for place, name in enumerate(dict.fromkeys(names))}
    beside = [0.5 * ((place + 0.5) / len(compared) - 0.5) for place in range(len(compared))]
    worlds = max(len(held.errors) for held in compared)
    return Plot(
        description=edition["held caption"],
        x=Axis(label=edition["world"], ends=(0.5, worlds + 0.5)),
        y=Axis(label=edition["in floors"], scale=Scale.LOG, ends=(LOWEST / 2, 3.0)),
        curves=tuple(
            Curve(
                name=name,
                points=[
                    (number + shift, max(error, LOWEST))
                    for number, error in enumerate(held.errors, start=1)
                ],
                colour=colours[name],
                stroke=Stroke.POINTS,
            )
            for name, held, shift in zip(names, compared, beside, strict=True)
        ),
        rules=(Rule(label=edition["floor"], y=1.0),),
    )


def _distances(edition: Edition, estimated: Sequence[Estimated]) -> Plot:
    """The distance of the mean from its exact value while draws are added, and where it ends."""
    limit = max(one.deviation.limit for one in estimated)
    return Plot(
        description=edition["sampled description"],
        x=Axis(label=edition["draws"], scale=Scale.LOG),
        y=Axis(label=edition["distance"], ends=(0.0, 1.15 * limit)),
        curves=tuple(_curves(estimated)),
        rules=(Rule(label=edition["limit"], y=limit),),
    )


def _curves(estimated: Sequence[Estimated]) -> Iterator[Curve]:
    for place, one in enumerate(estimated):
        path = [*one.before, one.deviation]
        colour = 1 + place % COLOURS
        points = [(float(d.draws), d.errors) for d in path if math.isfinite(d.errors)]
        yield Curve(name="", points=points, colour=colour, stroke=Stroke.DASHED)
        yield Curve(
            name=_short(one.code[0]), points=points[-1:], colour=colour, stroke=Stroke.POINTS
        )
