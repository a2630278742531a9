"""The command `rlcheck`. It parses, prints and exits; everything else is behind lazy imports.

`rlcheck --help` has 150 ms: nothing that imports torch, numpy or rich may be imported up here.
"""

import sys
from typing import Annotated

import typer

import rlcheck
from rlcheck.cli import documentation, training, verifying
from rlcheck.errors import InvalidArgument

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
app.command()(verifying.verify)
app.command()(verifying.claims)
app.command()(verifying.properties)
app.command()(verifying.words)
app.command()(training.train)
app.command()(training.evaluate)
app.command()(verifying.demo)
app.add_typer(documentation.app, name="docs", no_args_is_help=True)


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
