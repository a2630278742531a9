"""`rlcheck docs`."""

from pathlib import Path

import typer

from rlcheck.cli.parsing import limit_threads
from rlcheck.errors import InvalidArgument

app = typer.Typer(help="The site with derivations and reference; from a clone.")


@app.command()
def build() -> None:
    """Write every page, and build the site into build/site/."""
    _require_clone()
    limit_threads(1)
    from rlcheck.site import build as generator

    print(f"open {generator.build() / 'index.html'}")


@app.command()
def serve() -> None:
    """Build the site and serve it on this machine."""
    _require_clone()
    limit_threads(1)
    from rlcheck.site import build as generator

    generator.serve()


def _require_clone() -> None:
    """The site's generator is not in the wheel, and what it needs is not either."""
    package = Path(__file__).parents[1]
    if not (package / "site").is_dir() or not (package.parent / "mkdocs.yml").is_file():
        raise InvalidArgument.of(
            "rlcheck docs",
            str(package),
            "the site is built from a clone, and this rlcheck lies in none",
            "a clone, and pip install -c constraints.txt -e '.[docs]' in it",
        )
