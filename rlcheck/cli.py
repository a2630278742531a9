"""The command `rlcheck`. It parses, prints and exits; everything else is behind lazy imports.

`rlcheck --help` has 150 ms: nothing that imports torch, numpy or rich may be imported up here.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import rlcheck
from rlcheck.errors import InvalidArgument

if TYPE_CHECKING:
    from rlcheck.verdict import Verdict

_FAILED = 1
_WRONG_USE = 2

app = typer.Typer(
    name="rlcheck",
    help="Holds policy-gradient implementations against exact gradients.",
    no_args_is_help=True,
    add_completion=False,
    # Both would import rich, a third of the time that --help has.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
_Device = Annotated[str, typer.Option(help="Where tensors live.")]
_Threads = Annotated[int, typer.Option(min=1, help="Threads that torch may use.")]
_Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
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


def main() -> None:
    """The console script: wrong use is one message on stderr and exit status 2."""
    try:
        app()
    except InvalidArgument as problem:
        print(f"rlcheck: {problem}", file=sys.stderr)
        sys.exit(_WRONG_USE)


def _print_version(wanted: bool) -> bool:
    if wanted:
        print(f"rlcheck {rlcheck.__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


@app.command()
def verify(
    target: _Target,
    claim: _Claim = None,
    settings: _Settings = None,
    names: _Names = None,
    agent: _Agent = None,
    layout: _Layout = "TN",
    arrays: _Arrays = "torch",
    actions: _Actions = "discrete",
    device: _Device = "cpu",
    threads: _Threads = 1,
    seed: _Seed = 0,
    replay: _Replay = None,
    strict: _Strict = False,
    json: _Json = None,
    html: _Html = None,
) -> None:
    """Verify one implementation against a claim.

    Exit status: 0 consistent or convention, 1 biased or not reproducible, 2 wrong use,
    3 inconclusive.
    """
    their_names = _pairs(names or [], "--names", "THEIRS=OURS")
    given = dict(_setting(text) for text in settings or [])
    if json == html == "-":
        problem = "JSON goes to stdout already"
        raise InvalidArgument.of("--html", html, problem, "a file for one of the two")
    for option, path in (("--json", json), ("--html", html)):
        _require_a_place(option, path)
    _limit_threads(threads)
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


@app.command()
def claims() -> None:
    """List what an implementation can be held to."""
    from rlcheck.promises import PROMISES

    width = max(map(len, PROMISES))
    for name, promise in PROMISES.items():
        print(f"{name:<{width}}  {promise}")


@app.command()
def properties(
    claim: Annotated[str | None, typer.Argument(help="Only what this claim promises.")] = None,
) -> None:
    """List every property: its name as a test, what it promises, how it is judged."""
    from rlcheck.reports.properties import listing

    for line in listing(claim):
        print(line)


@app.command()
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


_Algorithm = Annotated[
    str, typer.Argument(help="reinforce, a2c, trpo, ppo, ppo-recurrent, q-learning or dqn.")
]
_Out = Annotated[Path, typer.Option(metavar="DIR", help="The folder of the run.")]
_Typed = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the algorithm."),
]
_Normalize = Annotated[
    list[str] | None,
    typer.Option(metavar="WHAT", help="observations, rewards: by Gymnasium's own wrappers."),
]
_Bounds = Annotated[
    str,
    typer.Option(help="How numbers come to lie in an action's bounds: clipped, squashed."),
]
_Every = Annotated[int, typer.Option(help="Steps between two checkpoints, in whole rollouts.")]
_Lines = Annotated[int, typer.Option(help="Steps between two lines of metrics.")]
_Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR.")]
_Plot = Annotated[bool, typer.Option("--plot", help="Draw learning curves at the end.")]
_TensorBoard = Annotated[
    bool, typer.Option("--tensorboard/--no-tensorboard", help="Write logs for TensorBoard.")
]


@app.command()
def train(
    algorithm: _Algorithm,
    env: Annotated[str, typer.Option(help="Id of a Gymnasium environment, or rlcheck:NAME.")],
    steps: Annotated[int, typer.Option(help="Steps of all copies; whole rollouts are made.")],
    out: _Out,
    seed: _Seed = 0,
    device: _Device = "cpu",
    envs: Annotated[int, typer.Option(help="Copies of the environment, in each process.")] = 8,
    settings: _Typed = None,
    normalize: _Normalize = None,
    bounds: _Bounds = "clipped",
    checkpoint_every: _Every = 20_000,
    log_every: _Lines = 2_000,
    resume: _Resume = False,
    plot: _Plot = False,
    tensorboard: _TensorBoard = True,
    threads: _Threads = 1,
) -> None:
    """Train an algorithm, in a folder that a killed run can be taken up from.

    Exit status: 0 trained, 1 diverged, 2 wrong use.
    """
    words = _pairs(settings or [], "--set", "NAME=VALUE")
    _limit_threads(threads)
    from rlcheck.training import Diverged, configured
    from rlcheck.training.command import run
    from rlcheck.training.processes import how_many

    configuration = configured(
        algorithm, env=env, steps=steps, seed=seed, device=device, envs=envs, settings=words,
        normalize=normalize or (), bounds=bounds, checkpoint_every=checkpoint_every,
        log_every=log_every, processes=how_many(),
    )  # fmt: skip
    try:
        run(
            configuration, out,
            start="resumed" if resume else "new",
            logs="tensorboard" if tensorboard else "none",
            picture="curves" if plot else "none",
        )  # fmt: skip
    except Diverged as problem:
        print(f"rlcheck: {problem}", file=sys.stderr)
        raise typer.Exit(_FAILED) from problem


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
    episodes: Annotated[int, typer.Option(help="Whole episodes, each in a copy of its own.")] = 20,
    seed: _Seed = 0,
    threads: _Threads = 1,
) -> None:
    """Play whole episodes with the policy of a run, without noise and with frozen statistics."""
    _limit_threads(threads)
    from rlcheck.training.command import play

    play(folder, episodes, seed)


docs = typer.Typer(help="The site with derivations and reference; from a clone.")
app.add_typer(docs, name="docs", no_args_is_help=True)


@docs.command("build")
def docs_build() -> None:
    """Write every page, and build the site into build/site/."""
    _require_clone()
    _limit_threads(1)
    from rlcheck.site.build import build

    print(f"open {build() / 'index.html'}")


@docs.command("serve")
def docs_serve() -> None:
    """Build the site and serve it on this machine."""
    _require_clone()
    _limit_threads(1)
    from rlcheck.site.build import serve

    serve()


def _require_clone() -> None:
    """The site's generator is not in the wheel, and what it needs is not either."""
    package = Path(__file__).parent
    if not (package / "site").is_dir() or not (package.parent / "mkdocs.yml").is_file():
        raise InvalidArgument.of(
            "rlcheck docs",
            str(package),
            "the site is built from a clone, and this rlcheck lies in none",
            "a clone, and pip install -c constraints.txt -e '.[docs]' in it",
        )


@app.command()
def demo(every: _All = False, threads: _Threads = 1) -> None:
    """Judge real libraries, planted faults and correct rewrites."""
    _limit_threads(threads)
    from rich.console import Console

    from rlcheck import demo as demonstration

    raise typer.Exit(demonstration.run(every, Console()))


def _limit_threads(threads: int) -> None:
    """Two spinning OpenMP workers on a busy machine are many times slower than one."""
    os.environ["OMP_NUM_THREADS"] = str(
        threads
    )  # read by torch when it is imported, and by children
    import torch

    torch.set_num_threads(threads)


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise InvalidArgument.of(option, text, "is not a pair", f"{option} {form}")
    return name.strip(), value.strip()


def _pairs(texts: list[str], option: str, form: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in (_pair(text, option, form) for text in texts):
        if name in found:
            raise InvalidArgument.of(option, name, "it is given twice", f"{option} {form} once")
        found[name] = value
    return found


def _setting(text: str) -> tuple[str, float]:
    name, value = _pair(text, "--set", "NAME=NUMBER")
    try:
        return name, float(value)
    except ValueError:
        raise InvalidArgument.of(
            "--set", text, f"{value!r} is not a number", f"--set {name}=0.2"
        ) from None


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
