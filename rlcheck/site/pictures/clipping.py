"""PPO's clipped objective and its gradient against the ratio, for either sign of the advantage."""

from itertools import pairwise

from rlcheck.reports.html.clip import surrogate
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Stroke, figure

EPS = 0.2
LOWEST, HIGHEST = 0.4, 1.6
HAIR = 1e-9
"""A slope jumps at a kink, where it is any of two: pieces end a hair before it."""


def clipped_objective() -> str:
    """`rlcheck.losses.ppo_clip` itself, and its derivative by autograd."""
    plots = [_plot(sign, what) for sign in (1.0, -1.0) for what in ("objective", "gradient")]
    caption = (
        f"min(r A, clip(r, 1 − ε, 1 + ε) A) and its derivative along r, for A = 1 (left) and "
        f"A = −1 (right), ε = {EPS}. Where the curve is flat a step teaches nothing, however far "
        "out the ratio is: it is not pulled back."
    )
    return figure([plots[0], plots[2], plots[1], plots[3]], caption, "clipped-objective")


def _plot(sign: float, what: str) -> Plot:
    name = "A > 0" if sign > 0 else "A < 0"
    points = []
    for ratios in _pieces():
        values, along_log = surrogate(ratios, sign, EPS)
        slopes = [slope / ratio for slope, ratio in zip(along_log, ratios, strict=True)]
        chosen = values if what == "objective" else slopes
        points += [*zip(ratios, chosen, strict=True), (ratios[-1], float("nan"))]
    free = [(LOWEST, sign * LOWEST), (HIGHEST, sign * HIGHEST)]
    unclipped = free if what == "objective" else [(x, sign) for x, _ in free]
    return Plot(
        description=f"The clipped {what} against the ratio, {name}.",
        x=Axis(label="ratio r"),
        y=Axis(label=f"{what}, {name}", ends=_ends(sign, what)),
        curves=(
            Curve(name="unclipped, r A", points=unclipped, colour=3, stroke=Stroke.DASHED),
            Curve(name="clipped", points=points, colour=1 if sign > 0 else 2),
        ),
        rules=(Rule(label="1 − ε", x=1 - EPS), Rule(label="1 + ε", x=1 + EPS)),
    )


def _ends(sign: float, what: str) -> tuple[float, float]:
    """With room above the curves for what is written at the kinks."""
    low, high = (0.0, 1.0) if what == "gradient" else (LOWEST, HIGHEST)
    return (low - 0.1, high + 0.25) if sign > 0 else (-high - 0.1, -low + 0.25)


def _pieces() -> list[list[float]]:
    """Ratios below, inside and above the range."""
    ends = (LOWEST, 1 - EPS, 1 + EPS, HIGHEST)
    return [
        [low + HAIR + (high - low - 2 * HAIR) * k / 20 for k in range(21)]
        for low, high in pairwise(ends)
    ]
