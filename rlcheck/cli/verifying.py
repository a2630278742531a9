"""`rlcheck verify`, what it can be asked for, and `rlcheck demo`."""

import os
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rlcheck.cli.parsing import Device, Seed, Threads, limit_threads, number, pairs
from rlcheck.errors import InvalidArgument

if TYPE_CHECKING:
    from rlcheck.verdict import Verdict

_Target = Annotated[
    str,
    typer.Argument(help="FILE.py:NAME, package.module:NAME, or an adapter: stable-baselines3:ppo."),
]
_Claim = Annotated[
    str | None,
    typer.Option(help="What it promises; `rlcheck claims` lists them. Adapters know theirs."),
]
_Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=NUMBER", help="A setting that TARGET does not ask for."),
]
_Names = Annotated[
    list[str] | None,
    typer.Option(metavar="THEIRS=OURS", help="What an argument of another name means."),
]
_Agent = Annotated[
    str | None, typer.Option(metavar="TARGET", help="The agent class that the loss calls.")
]
_Layout = Annotated[Literal["TN", "flat", "BT"], typer.Option(help="Batch layout.")]
_Arrays = Annotated[Literal["torch", "numpy"], typer.Option(help="Array type.")]
_Actions = Annotated[Literal["discrete", "continuous", "both"], typer.Option(help="Action kind.")]
_Replay = Annotated[
    str | None, typer.Option(metavar="TOKEN", help="Repeat what a failing report found.")
]
_Strict = Annotated[bool, typer.Option("--strict", help="A convention fails as well.")]
_Json = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write the verdict as JSON; - is stdout.")
]
_Html = Annotated[
    str | None, typer.Option(metavar="FILE", help="Write the report as a page; - is stdout.")
]
_All = Annotated[bool, typer.Option("--all", help="Verify every adapter in full as well.")]


def verify(
    target: _Target,
    claim: _Claim = None,
    settings: _Settings = None,
    names: _Names = None,
    agent: _Agent = None,
    layout: _Layout = "TN",
    arrays: _Arrays = "torch",
    actions: _Actions = "discrete",
    device: Device = "cpu",
    threads: Threads = 1,
    seed: Seed = 0,
    replay: _Replay = None,
    strict: _Strict = False,
    json: _Json = None,
    html: _Html = None,
) -> None:
    """Verify one implementation against a claim.

    Exit status: 0 consistent or convention, 1 biased or not reproducible, 2 wrong use,
    3 inconclusive.
    """
    their_names = pairs(names or [], "--names", "THEIRS=OURS")
    given = dict(number(text) for text in settings or [])
    if json == html == "-":
        problem = "JSON goes to stdout already"
        raise InvalidArgument.of("--html", html, problem, "a file for one of the two")
    for option, path in (("--json", json), ("--html", html)):
        _require_a_place(option, path)
    limit_threads(threads)
    from rlcheck import api

    verdict = api.check(
        target,
        claim=claim,
        names=their_names,
        settings=given,
        agent=agent,
        layout=layout,
        arrays=arrays,
        actions=actions,
        device=device,
        seed=seed,
        replay=replay,
    )
    _show(verdict, json, html)
    raise typer.Exit(verdict.exit_code(strict))


def claims() -> None:
    """List what an implementation can be held to."""
    from rlcheck.promises import PROMISES

    width = max(map(len, PROMISES))
    for name, promise in PROMISES.items():
        print(f"{name:<{width}}  {promise}")


def properties(
    claim: Annotated[str | None, typer.Argument(help="Only what this claim promises.")] = None,
) -> None:
    """List every property: its name as a test, what it promises, how it is judged."""
    from rlcheck.reports.properties import listing

    for line in listing(claim):
        print(line)


def words() -> None:
    """List what a function may ask for by argument name, and the spellings that are known."""
    from rlcheck.vocabulary import ARRAYS, MODULES, SETTINGS, STEPS, SYNONYMS, WORDS

    width = max(map(len, WORDS))
    tables = {"modules": MODULES, "arrays": ARRAYS, "settings": SETTINGS, "parts of a step": STEPS}
    for title, table in tables.items():
        print(f"{title}:")
        for word, meaning in table.items():
            spellings = [spelling for spelling, known in SYNONYMS.items() if known == word]
            also = f" (also: {', '.join(spellings)})" if spellings else ""
            print(f"  {word:<{width}}  {meaning}{also}")


def demo(every: _All = False, threads: Threads = 1) -> None:
    """Judge real libraries, planted faults and correct rewrites."""
    limit_threads(threads)
    from rich.console import Console

    from rlcheck import demo as demonstration

    raise typer.Exit(demonstration.run(every, Console()))


def _show(verdict: "Verdict", json: str | None, html: str | None) -> None:
    """The report on stdout, unless JSON or HTML was asked for there."""
    if json is not None:
        from rlcheck.reports.json import to_json

        _write("--json", json, to_json(verdict) + "\n")
    if html is not None:
        from rlcheck.reports.html import to_html

        _write("--html", html, to_html([verdict]))
    if "-" in (json, html):
        return
    from rich.console import Console

    from rlcheck.reports.terminal import render

    render(verdict, Console())


def _require_a_place(option: str, path: str | None) -> None:
    """Refuses a file that cannot be written before a minute is spent on what goes into it."""
    if path in (None, "-"):
        return
    folder = os.path.dirname(path) or "."
    problem = None
    if os.path.isdir(path):
        problem = "it is a folder"
    elif not os.path.isdir(folder):
        problem = f"there is no folder {folder}"
    elif not os.access(path if os.path.exists(path) else folder, os.W_OK):
        problem = "it cannot be written"
    if problem is not None:
        raise InvalidArgument.of(option, path, problem, "a file in an existing folder")


def _write(option: str, path: str, text: str) -> None:
    if path == "-":
        print(text, end="")
        return
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise InvalidArgument.of(
            option,
            path,
            f"cannot be written ({problem.strerror})",
            "a file in an existing folder",
        ) from problem
