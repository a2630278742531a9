"""Where the clone is, and that it is one."""

from pathlib import Path

from rlcheck.errors import InvalidArgument

NEEDED = ("mkdocs.yml", "docs", "derivations", "third_party/katex/katex.min.js")


def find_clone(package: Path = Path(__file__).parents[1]) -> Path:
    """The clone that a package lies in.

    Args:
        package: the folder of `rlcheck`.

    Raises:
        InvalidArgument: it does not lie in a clone but was installed from a wheel.
    """
    root = package.parent
    missing = [name for name in NEEDED if not (root / name).exists()]
    if missing:
        raise InvalidArgument.of(
            "rlcheck docs",
            str(package),
            f"rlcheck lies outside a clone ({missing[0]} is not beside it)",
            "a clone of the repository, with pip install -c constraints.txt -e '.[docs]'",
        )
    return root
