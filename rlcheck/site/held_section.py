"""The section of a result's page on how it was held against the code: two tables and a figure."""

from collections.abc import Mapping, Sequence

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
    compared = [held for one in figures for held in one.held]
    estimated = [one for bridge in figures for one in bridge.estimated]
    names = dict.fromkeys(_name(edition, one.code) for one in (*compared, *estimated))
    colours = {name: 1 + place % COLOURS for place, name in enumerate(names)}
    plots = [_errors(edition, compared, colours)]
    return [*plots, _distances(edition, estimated, colours)] if estimated else plots


def _name(edition: Edition, code: tuple[str, ...]) -> str:
    """For the legend: the main function."""
    return f"`{_short(code[0])}`" if code else edition["held line by line"]


def _errors(edition: Edition, compared: Sequence[Comparison], colours: Mapping[str, int]) -> Plot:
    """One point for each world and comparison; those of a function have one colour."""
    beside = [0.5 * ((place + 0.5) / len(compared) - 0.5) for place in range(len(compared))]
    worlds = max(len(held.errors) for held in compared)
    return Plot(
        description=edition["held caption"],
        x=Axis(label=edition["world"], ends=(0.5, worlds + 0.5)),
        y=Axis(label=edition["in floors"], scale=Scale.LOG, ends=(LOWEST / 2, 3.0)),
        curves=tuple(
            Curve(
                name=_name(edition, held.code),
                points=[
                    (number + shift, max(error, LOWEST))
                    for number, error in enumerate(held.errors, start=1)
                ],
                colour=colours[_name(edition, held.code)],
                stroke=Stroke.POINTS,
            )
            for held, shift in zip(compared, beside, strict=True)
        ),
        rules=(Rule(label=edition["floor"], y=1.0),),
    )


def _distances(
    edition: Edition, estimated: Sequence[Estimated], colours: Mapping[str, int]
) -> Plot:
    """The distance of the mean from its exact value while draws are added, and where it ends."""
    limit = max(one.deviation.limit for one in estimated)
    return Plot(
        description=edition["sampled description"],
        x=Axis(label=edition["draws"], scale=Scale.LOG),
        y=Axis(label=edition["distance"], ends=(0.0, 1.15 * limit)),
        curves=tuple(
            curve
            for one in estimated
            for curve in _path(one, _name(edition, one.code), colours[_name(edition, one.code)])
        ),
        rules=(Rule(label=edition["limit"], y=limit),),
    )


def _path(one: Estimated, name: str, colour: int) -> tuple[Curve, Curve]:
    """The way, and its end."""
    points = [(float(d.draws), d.errors) for d in (*one.before, one.deviation)]
    return (
        Curve(name="", points=points, colour=colour, stroke=Stroke.DASHED),
        Curve(name=name, points=points[-1:], colour=colour, stroke=Stroke.POINTS),
    )
