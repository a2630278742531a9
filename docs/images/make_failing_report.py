"""Draws `failing-report.svg`: a real report, computed here, of a stranger's PPO with a fault.

    python docs/images/make_failing_report.py

The loss below clips the ratio, and forgets the minimum with what is not clipped.
"""

import io
import re
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from rlcheck.judges import verify
from rlcheck.reports.terminal import render
from rlcheck.subjects import make_subject
from rlcheck.verdict import Verdict

HERE = Path(__file__).parent
WIDTH = 100


def loss(policy, obs, actions, logp_old, advantages, clip_eps):
    """Written as many have written it; the minimum of equation 7 is missing."""
    ratio = torch.exp(policy(obs).log_prob(actions) - logp_old)
    return -(ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages).mean()


def picture(verdict: Verdict) -> str:
    """The report on a terminal of 100 columns, as an SVG that is the same every time."""
    console = Console(
        record=True, file=io.StringIO(), width=WIDTH, force_terminal=True, color_system="truecolor"
    )
    render(verdict, console)
    title = f"$ rlcheck verify {verdict.subject} --claim {verdict.claim}"
    svg = console.export_svg(title=title, unique_id="failing-report")
    # No fonts from the net: whoever looks at the picture tells nobody.
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, DejaVu Sans Mono, Menlo, Consolas")


def main() -> None:
    """Judges, and writes the picture beside this file."""
    torch.set_num_threads(1)
    verdict = verify(make_subject(loss, name="my_ppo.py:loss"), claim="ppo-clip")
    assert verdict.finding is not None
    # The picture ends with the evidence: what a reader looks up (coverage, routes, what was not
    # tried) follows on a terminal, and the token is as long as the world that it holds.
    short = replace(verdict.finding, replay=f"{verdict.finding.replay[:24]}...")
    shown = replace(verdict, finding=short, coverage=None, routes=(), placebo={}, not_tried=())
    (HERE / "failing-report.svg").write_text(picture(shown), encoding="utf-8")


if __name__ == "__main__":
    main()
