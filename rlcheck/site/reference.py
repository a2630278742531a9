"""The reference: a page for each public module; a public name without a docstring fails."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import griffe

from rlcheck.site.matching import reference_path
from rlcheck.site.pages import Page

MODULES = (
    "rlcheck",
    "rlcheck.verdict",
    "rlcheck.errors",
    "rlcheck.worlds",
    "rlcheck.worlds.gallery",
    "rlcheck.exact",
    "rlcheck.exact.routes",
    "rlcheck.exact.linear_gaussian",
    "rlcheck.estimators",
    "rlcheck.losses",
    "rlcheck.steps",
    "rlcheck.algorithms.environments",
    "rlcheck.algorithms.experience",
    "rlcheck.algorithms.networks",
    "rlcheck.algorithms.reinforce",
    "rlcheck.algorithms.a2c",
    "rlcheck.algorithms.trpo",
    "rlcheck.algorithms.ppo",
    "rlcheck.algorithms.ppo_recurrent",
    "rlcheck.algorithms.q_learning",
    "rlcheck.algorithms.dqn",
    "rlcheck.algorithms.multi_discrete",
    "rlcheck.algorithms.squashed",
    "rlcheck.algorithms.recurrent_networks",
    "rlcheck.algorithms.saving",
    "rlcheck.algorithms.ranks",
    "rlcheck.training",
    "rlcheck.strategies",
    "rlcheck.variants",
    "rlcheck.claims",
    "rlcheck.vocabulary",
    "rlcheck.subjects",
    "rlcheck.adapters",
    "rlcheck.adapters.stable_baselines3",
    "rlcheck.adapters.sb3_contrib",
    "rlcheck.adapters.torchrl",
    "rlcheck.adapters.tianshou",
    "rlcheck.judges",
    "rlcheck.testing",
    "rlcheck.reports.terminal",
    "rlcheck.reports.json",
    "rlcheck.reports.html",
    "rlcheck.bridge.form",
    "rlcheck.bridge.hold",
    "rlcheck.bridge.monte_carlo",
    "rlcheck.bridge.limits",
    "rlcheck.bridge.figures",
)
"""What users may import from: what `__all__` lists or, in a file without it, what it defines."""

NOT_FOR_IMPORT: Mapping[str, str] = MappingProxyType(
    {
        "api": "its names are those of `rlcheck`",
        "cli": "the command `rlcheck`",
        "demo": "the command `rlcheck demo`",
        "promises": "the ids that a report prints, with their sentences",
        "site": "the command `rlcheck docs`, from a clone",
    }
)
"""What else lies in the package, and why it has no page."""


class Undocumented(Exception):
    """Public names without a docstring; the message lists them."""


def reference_pages(root: Path) -> list[Page]:
    """The pages of the reference.

    Args:
        root: the folder in which the package lies.

    Raises:
        Undocumented: a public name says nothing.
    """
    package = load(root)
    unlisted = unaccounted(package)
    if unlisted:
        raise Undocumented("neither in the reference nor said not to be: " + ", ".join(unlisted))
    modules = [module_of(package, name) for name in MODULES]
    missing = [path for module in modules for path in undocumented(module)]
    if missing:
        raise Undocumented("public names without a docstring: " + ", ".join(missing))
    listed = "\n".join(_item(module) for module in modules)
    rest = "\n".join(f"- `rlcheck.{name}`: {why}" for name, why in NOT_FOR_IMPORT.items())
    index = Page(
        path="reference/index.md",
        title="Reference",
        text=f"# Reference\n\n{listed}\n\n## Not for import\n\n{rest}\n",
        section=("Reference",),
    )
    homes = _homes(modules)
    return [index, *(_page(module, homes) for module in modules)]


def _homes(modules: Sequence[griffe.Object]) -> dict[str, str]:
    """Where each public object is told of: once, on the page of the most specific module."""
    homes = {module.path: reference_path(module.path) for module in modules}
    for module in sorted(modules, key=lambda module: -len(module.path)):
        for name in exported(module):
            homes.setdefault(_target(module, name).path, reference_path(module.path))
    return homes


def load(root: Path, package: str = "rlcheck") -> griffe.Object:
    """The package as Griffe reads it, without importing it."""
    loader = griffe.GriffeLoader(search_paths=[root])
    loaded = loader.load(package)
    loader.resolve_aliases(external=False)
    assert isinstance(loaded, griffe.Object)
    return loaded


def module_of(package: griffe.Object, name: str) -> griffe.Object:
    """A module of the package by its dotted name."""
    path = name.split(".")[1:]
    found = package[".".join(path)] if path else package
    return found.final_target if isinstance(found, griffe.Alias) else found


def unaccounted(package: griffe.Object) -> list[str]:
    """Files and folders of the package of which nobody said whether they are public."""
    known = {name.split(".")[1] for name in MODULES if "." in name} | set(NOT_FOR_IMPORT)
    own = (name for name, member in package.members.items() if _is_own_module(member))
    return sorted(name for name in own if not name.startswith("_") and name not in known)


def _is_own_module(member: griffe.Object | griffe.Alias) -> bool:
    return not isinstance(member, griffe.Alias) and member.is_module


def exported(module: griffe.Object) -> Iterator[str]:
    """The public names of a module, without the dunder ones.

    Raises:
        Undocumented: it is a package without `__all__`.
    """
    if module.exports is not None:
        return (str(name) for name in module.exports if not str(name).startswith("__"))
    if module.is_init_module:
        raise Undocumented(f"{module.path} has no __all__, so that nobody knows what is public")
    return (
        name
        for name, member in module.members.items()
        if not isinstance(member, griffe.Alias) and not name.startswith("_")
    )


def undocumented(module: griffe.Object) -> Iterator[str]:
    """The dotted names of what is public in a module and says nothing of itself."""
    if not module.has_docstring:
        yield module.path
    for name in exported(module):
        found = _target(module, name)
        if not found.has_docstring:
            yield f"{module.path}.{name}"
        if found.is_class:
            yield from (f"{module.path}.{name}.{method}" for method in _silent_methods(found))


def _target(module: griffe.Object, name: str) -> griffe.Object:
    """What a name of `__all__` stands for.

    A function may have the name of the module that it lies in; the module is not what is meant.
    """
    found: Any = module.members.get(name)
    if isinstance(found, griffe.Alias):
        found = found.final_target
    return found[name] if found.is_module and name in found.members else found


def _silent_methods(owner: Any) -> Iterator[str]:
    """Public methods and properties without a docstring, here and in every base that has them."""
    for name, member in owner.members.items():
        if name.startswith("_") or not isinstance(member, griffe.Object):
            continue
        is_method = member.is_function or "property" in member.labels
        if is_method and not member.has_docstring and not _told_by_a_base(owner, name):
            yield name


def _told_by_a_base(owner: Any, name: str) -> bool:
    """A method that fills in an interface is documented there."""
    return any(name in base.members and base.members[name].has_docstring for base in owner.mro())


def _first_line(module: griffe.Object) -> str:
    return module.docstring.value.split("\n", 1)[0] if module.docstring else ""


def _item(module: griffe.Object) -> str:
    target = reference_path(module.path).removeprefix("reference/")
    return f"- [`{module.path}`]({target}): {_first_line(module)}"


def _page(module: griffe.Object, homes: Mapping[str, str]) -> Page:
    path = reference_path(module.path)
    targets = [_target(module, name) for name in exported(module)]
    listed = "\n".join(
        f"- [`{x.name}`]({_place(x, homes[x.path], path)}): {_first_line(x)}" for x in targets
    )
    here = (x for x in targets if homes[x.path] == path)
    told = "\n\n".join(f"::: {x.path}" for x in here)
    text = (
        f"# `{module.path}`\n\n::: {module.path}\n    options:\n      show_root_heading: false\n"
        f"      show_root_toc_entry: false\n      members: false\n\n{listed}\n\n{told}\n"
    )
    return Page(path=path, title=module.path, text=text, section=("Reference",))


def _place(item: griffe.Object, home: str, path: str) -> str:
    """A Markdown link's address: on this page, on another, or a page as a whole."""
    anchor = "" if item.is_module else f"#{item.path}"
    return anchor if home == path and anchor else f"{home.removeprefix('reference/')}{anchor}"
