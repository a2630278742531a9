"""Text in a picture: s_t and γ^t in it become indices and powers."""

import html
import re

_SCRIPT = r"(?:\{([^{}]+)\}|([A-Za-z0-9θγλπ∞*+−]+))"
LOW = re.compile(rf"(?<=[\w)\]θπΣ∏δ∇])_{_SCRIPT}")
HIGH = re.compile(rf"(?<=[\w)\]θπΣ∏δλγ])\^{_SCRIPT}")


def svg_text(text: str) -> str:
    """Escaped for an SVG's text, with indices lowered and exponents raised."""
    escaped = html.escape(text, quote=False)
    lowered = LOW.sub(lambda found: _shifted(found[1] or found[2], 3), escaped)
    return HIGH.sub(lambda found: _shifted(found[1] or found[2], -4), lowered)


def _shifted(text: str, down: int) -> str:
    # The next letter is shifted back: a zero-width space carries that.
    return f'<tspan dy="{down}" font-size="9">{text}</tspan><tspan dy="{-down}">\u200b</tspan>'
