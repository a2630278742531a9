"""What the README and the constraints promise about installing."""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rlcheck

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PINS = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def needed(name: str, extras: set[str], seen: set[tuple[str, str]]) -> set[str]:
    """Every distribution that `name[extras]` brings here, itself left out."""
    found: set[str] = set()
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        child = canonicalize_name(requirement.name)
        key = (child, ",".join(sorted(requirement.extras)))
        if key not in seen:
            seen.add(key)
            found |= {child} | needed(child, set(requirement.extras), seen)
    return found


def test_the_two_commands_are_given_once_and_word_for_word():
    for extra, command in (("demo", "rlcheck demo"), ("test", "pytest")):
        line = f"pip install -c constraints.txt -e '.[{extra}]' && {command}"
        assert README.splitlines().count(line) == 1, line


def test_every_version_is_pinned_exactly_and_without_address_or_local_suffix():
    assert PINS
    for pin in PINS:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", pin), pin


def test_all_that_the_tests_install_is_pinned_at_the_version_that_is_here():
    pins = {canonicalize_name(pin.split("==")[0]): pin.split("==")[1] for pin in PINS}
    assert pins["torch"] == "2.13.0"
    names = needed("rlcheck", {"test"}, set()) - {"rlcheck"}
    assert {"torch", "stable-baselines3", "pytest"} <= names
    # CUDA's libraries and Triton come with some builds of torch, which pins them itself.
    bundled = {name for name in names if name.startswith(("nvidia-", "cuda-")) or name == "triton"}
    assert names - bundled <= set(pins)
    for name in names - bundled:
        assert metadata.version(name).split("+")[0] == pins[name], name


def test_the_version_is_the_same_everywhere():
    assert metadata.version("rlcheck") == rlcheck.__version__
