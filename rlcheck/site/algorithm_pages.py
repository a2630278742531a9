"""A page for each algorithm: pseudo-code with the code beside it, derivation, verdict, curves."""

import html
import inspect
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rlcheck.claims import find_claim
from rlcheck.site.catalogue_pages import CLAIMS_PATH, reason_link
from rlcheck.site.pages import Page
from rlcheck.site.pictures import learning
from rlcheck.site.prose import sentence
from rlcheck.site.pseudo_code import Algorithm, Excerpt, Step, read
from rlcheck.site.verdicts import Told, Verdicts
from rlcheck.training import ALGORITHMS

FOLDER = "algorithms"
SECTION = ("Algorithms",)
NAMES: Mapping[str, str] = {
    "reinforce": "REINFORCE",
    "a2c": "A2C",
    "trpo": "TRPO",
    "ppo": "PPO",
    "ppo-recurrent": "Recurrent PPO",
    "q-learning": "Q-learning",
    "dqn": "DQN",
}
"""What an algorithm is called."""


def algorithm_pages(verdicts: Verdicts) -> Iterator[Page]:
    """The list of all, and a page for each.

    Raises:
        StepWithoutCode: a printed step is carried by no code.
    """
    algorithms = {name: read(_file(name).read_text(encoding="utf-8")) for name in ALGORITHMS}
    yield _index(algorithms, verdicts)
    curves = learning.recorded()
    for name, algorithm in algorithms.items():
        drawn = learning.returns_over_steps(curves[name])
        yield _page(name, algorithm, verdicts[name], drawn)


def _file(name: str) -> Path:
    return Path(inspect.getfile(ALGORITHMS[name].settings))


def _index(algorithms: Mapping[str, Algorithm], verdicts: Verdicts) -> Page:
    rows = "\n".join(
        f"| [{NAMES[name]}]({name}.md) | {_links(verdicts[name], '../')} "
        f"| {', '.join(ALGORITHMS[name].actions)} |"
        for name in algorithms
    )
    text = (
        "# Algorithms\n\n"
        "Each is one file of `rlcheck.algorithms`, is trained by `rlcheck train NAME`, and takes "
        "the update that was held to the claim beside it while this site was built.\n\n"
        f"| algorithm | held to | actions |\n|---|---|---|\n{rows}\n"
    )
    return Page(path=f"{FOLDER}/index.md", title="Algorithms", text=text, section=SECTION)


def _page(name: str, algorithm: Algorithm, told: Sequence[Told], drawn: str) -> Page:
    file = _file(name)
    words = "\n\n".join(_words(paragraph) for paragraph in algorithm.words)
    steps = "\n".join(_steps(algorithm.steps))
    source = f"{file.parent.name}/{file.name}"
    text = (
        "---\nhide:\n  - toc\n---\n\n"  # code needs the room
        f"# {NAMES[name]}\n\n{sentence(algorithm.title)}\n\n"
        f"## Step by step\n\n{steps}\n\n{words}\n\n"
        f"## Its verdict\n\n{''.join(map(_verdict, told))}\n"
        f"## How it learns\n\n{drawn}\n"
        f"## The whole file\n\n"
        f'??? note "`rlcheck/{source}`"\n\n{_fenced(algorithm.source, indented=4, first=1)}\n'
    )
    return Page(path=f"{FOLDER}/{name}.md", title=NAMES[name], text=text, section=SECTION)


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    """Each step beside its code; lines that stand beside an earlier one are named by its number."""
    shown: dict[Excerpt, int] = {}
    for step in steps:
        code = [
            f"as beside [{shown[one]}](#step-{shown[one]})" if one in shown else _excerpt(one)
            for one in step.code
        ]
        yield _step(step, "\n\n".join(dict.fromkeys(code)))
        shown = dict.fromkeys(step.code, step.number) | shown


def _step(step: Step, code: str) -> str:
    printed = html.escape(step.lines, quote=False)
    return (
        f'<div class="rl-algorithm-step" id="step-{step.number}" markdown="1">\n'
        f'<pre class="rl-pseudo"><b>{step.number}</b>{printed}</pre>\n\n'
        f'<div class="rl-carried" markdown="1">\n\n{code}\n\n</div>\n</div>\n'
    )


def _excerpt(excerpt: Excerpt) -> str:
    return _fenced(excerpt.text, indented=0, first=excerpt.first)


def _fenced(code: str, *, indented: int, first: int) -> str:
    lines = [f'```python linenums="{first}"', *code.rstrip().splitlines(), "```"]
    return "\n".join(" " * indented + line if line else "" for line in lines)


def _words(paragraph: str) -> str:
    """A paragraph of a docstring; what is indented in it is set as it is."""
    escaped = html.escape(paragraph, quote=False)
    if paragraph.startswith("    "):
        return f'<pre class="rl-pseudo">{escaped}</pre>'
    return sentence(" ".join(paragraph.split()))


def _verdict(told: Told) -> str:
    claim = find_claim(told.claim)
    exact = f"the largest error is {told.largest:.2g} of what rounding explains"
    return (
        f"**{told.outcome}** with {_links([told], '../')}: {told.held} of {told.tried} properties "
        f"that could be tried hold; {exact}. The whole update is judged, through the door of an "
        f"outside agent. Derived in {reason_link(claim.derivation, up='../')}.\n\n"
        f"```sh\n{told.command}\n```\n\n"
    )


def _links(told: Sequence[Told], up: str) -> str:
    return ", ".join(f"[`{one.claim}`]({up}{CLAIMS_PATH}#{one.claim})" for one in told)
