"""The reference: a page for each public module; a public name without a docstring fails."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import griffe

from rlcheck.site.matching import reference_path
from rlcheck.site.pages import Page

MODULES = (
    "rlcheck",
    "rlcheck.worlds",
    "rlcheck.worlds.gallery",
    "rlcheck.exact",
    "rlcheck.estimators",
    "rlcheck.losses",
    "rlcheck.steps",
    "rlcheck.strategies",
    "rlcheck.claims",
    "rlcheck.testing",
)
"""What users may import from; each has `__all__`."""


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
    modules = [module_of(package, name) for name in MODULES]
    missing = [path for module in modules for path in undocumented(module)]
    if missing:
        raise Undocumented("public names without a docstring: " + ", ".join(missing))
    index = Page(
        path="reference/index.md",
        title="Reference",
        text="# Reference\n\n" + "\n".join(_item(module) for module in modules),
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


def exported(module: griffe.Object) -> Iterator[str]:
    """The names in `__all__`, without the dunder ones."""
    if module.exports is None:
        raise Undocumented(f"{module.path} has no __all__, so that nobody knows what is public")
    return (str(name) for name in module.exports if not str(name).startswith("__"))


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
