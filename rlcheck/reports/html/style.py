"""The colours of the HTML report, light and dark.

Every pair of text and ground in `READ_ON` has a contrast of at least 4.5 to 1, and every mark in
`SEEN_ON` one of at least 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11, level AA). Blue and orange are told
apart by all common kinds of colour blindness; nothing is told by colour alone.
"""

LIGHT = {
    "ground": "#ffffff", "raised": "#f5f7f9", "line": "#d0d7de", "text": "#1b1f24",
    "muted": "#57606a", "link": "#0550ae",
    "consistent": "#116329", "convention": "#0a5a78", "biased": "#b3261e",
    "inconclusive": "#7a4d00", "not-reproducible": "#7b2d8e",
    "right": "#0550ae", "wrong": "#b3410e", "curve": "#57606a", "inside": "#e4eaf1",
    "minus-3": "#1f5a99", "minus-2": "#8db8e3", "minus-1": "#d6e6f5",
    "none": "#f5f7f9", "plus-1": "#fde3cc", "plus-2": "#f5ab6b", "plus-3": "#a34700",
    "on-minus-3": "#ffffff", "on-minus-2": "#10243a", "on-minus-1": "#10243a",
    "on-none": "#57606a", "on-plus-1": "#3a1d05", "on-plus-2": "#3a1d05", "on-plus-3": "#ffffff",
}  # fmt: skip
DARK = {
    "ground": "#0f1419", "raised": "#182028", "line": "#39434f", "text": "#e6eaef",
    "muted": "#a0abb8", "link": "#79b8ff",
    "consistent": "#6fdc8c", "convention": "#6cc7e8", "biased": "#ff8f87",
    "inconclusive": "#f0b44c", "not-reproducible": "#dca4ec",
    "right": "#79b8ff", "wrong": "#ffa657", "curve": "#a0abb8", "inside": "#232d38",
    "minus-3": "#8fc2f5", "minus-2": "#2c659c", "minus-1": "#1d3a57",
    "none": "#182028", "plus-1": "#4a2d14", "plus-2": "#90490a", "plus-3": "#ffb169",
    "on-minus-3": "#06121f", "on-minus-2": "#ffffff", "on-minus-1": "#e6eaef",
    "on-none": "#a0abb8", "on-plus-1": "#f4e6da", "on-plus-2": "#ffffff", "on-plus-3": "#1f0d00",
}  # fmt: skip

_INKS = (
    "text", "muted", "link", "consistent", "convention", "biased", "inconclusive",
    "not-reproducible",
)  # fmt: skip
_CELLS = ("minus-3", "minus-2", "minus-1", "none", "plus-1", "plus-2", "plus-3")

READ_ON = (
    *((ink, ground) for ink in _INKS for ground in ("ground", "raised")),
    *((f"on-{cell}", cell) for cell in _CELLS),
)
"""(colour of text, colour of what it is read on)."""

SEEN_ON = tuple(
    (mark, ground) for mark in ("right", "wrong", "curve") for ground in ("raised", "inside")
)
"""(colour of a mark or curve in a plot, colour of what it is seen on)."""


def variables(palette: dict[str, str]) -> str:
    """A palette as CSS variables, `--name: colour;`."""
    return " ".join(f"--{name}: {colour};" for name, colour in palette.items())
