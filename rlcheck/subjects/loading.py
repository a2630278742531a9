"""From `FILE.py:NAME` or `package.module:NAME` to a subject: imported, never run as a script."""

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.agents import assumed_action, make_agent
from rlcheck.subjects.protocols import is_updater, make_update_subject
from rlcheck.subjects.subject import Subject, make_subject

_FORMS = "FILE.py:NAME, or package.module:NAME"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a target names, and what importing it printed."""

    name: str
    value: Any
    printed: str = ""


def load(
    target: str,
    *,
    names: Mapping[str, str] | None = None,
    agent: str | None = None,
    own: Any = None,
    layout: str = "TN",
    arrays: str = "torch",
    actions: str = "discrete",
    settings: Mapping[str, float] | None = None,
) -> Subject:
    """Imports a target and makes it a subject.

    Args:
        target: `FILE.py:NAME` or `package.module:NAME`.
        names: the vocabulary's word for parameters that are spelled otherwise.
        agent: a target too: the agent class, or the agent, that the loss calls.
        own: networks of the agent, where they have been made already.
        layout: "TN", "BT" or "flat".
        arrays: "torch" or "numpy".
        actions: "discrete", "continuous" or "both".
        settings: settings that the code holds itself.

    Raises:
        InvalidArgument: no such file or name, an error while it was imported, or a NAME that
            cannot be called.
    """
    found = find(target)
    printed = found.printed
    if agent is not None:
        other = find(agent)
        own = make_agent(other.value, name=other.name, action=assumed_action(other.value, actions))
        printed += other.printed
    subject = from_object(
        found.value, name=found.name, names=names, own=own, layout=layout, arrays=arrays,
        actions=actions, settings=settings,
    )  # fmt: skip
    return replace(subject, printed=printed)


def from_object(
    value: Any,
    *,
    name: str | None = None,
    names: Mapping[str, str] | None = None,
    own: Any = None,
    layout: str = "TN",
    arrays: str = "torch",
    actions: str = "discrete",
    settings: Mapping[str, float] | None = None,
) -> Subject:
    """A subject from any object: a callable, a class of callables, or an agent that updates.

    Raises:
        InvalidArgument: it cannot be called, or its class needs arguments.
    """
    if inspect.isclass(value):
        value = _instantiated(value)
    if is_updater(value):
        return make_update_subject(value, name=name, settings=settings)
    return make_subject(
        value, name=name, names=names, layout=layout, arrays=arrays, actions=actions, own=own,
        settings=settings,
    )  # fmt: skip


def find(target: str) -> Found:
    """Imports what a target names.

    Raises:
        InvalidArgument: as `load`.
    """
    place, colon, name = target.rpartition(":")
    if not (place and colon and name):
        raise InvalidArgument.of("target", target, "it has no name after a colon", _FORMS)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        module = _file(target, Path(place)) if place.endswith(".py") else _module(target, place)
        value = _attribute(target, module, name)
    return Found(name=name, value=value, printed=out.getvalue())


def _file(target: str, path: Path) -> ModuleType:
    if not path.is_file():
        raise InvalidArgument.of("target", target, "there is no such file", _close_files(path))
    path = path.resolve()
    # Not the plain stem: a file called random.py must not stand in for the library.
    name = f"rlcheck_subject_{path.stem}_{abs(hash(str(path))):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    loader = spec.loader
    with _on_path(str(path.parent)):
        sys.modules[name] = module  # dataclasses and pickle look their module up
        try:
            _importing(target, str(path), lambda: loader.exec_module(module))
        except BaseException:
            del sys.modules[name]
            raise
    return module


def _module(target: str, place: str) -> ModuleType:
    # A console script has its own folder on the path, and not the one that it is run from.
    with _on_path(os.getcwd()):
        try:
            return _importing(target, None, lambda: importlib.import_module(place))
        except ModuleNotFoundError as error:
            missing = error.name or ""
            if place == missing or place.startswith(f"{missing}."):
                raise InvalidArgument.of(
                    "target", target, f"there is no module {place!r}", _FORMS
                ) from error
            raise _import_error(target, error, None) from error


def _importing(target: str, path: str | None, run: Callable[[], Any]) -> Any:
    """Runs an import; whatever it raises is wrong use, with the line where it was raised."""
    try:
        return run()
    except ModuleNotFoundError as error:
        if path is None:
            raise
        raise _import_error(target, error, path) from error
    except (Exception, SystemExit) as error:
        raise _import_error(target, error, path) from error


def _import_error(target: str, error: BaseException, path: str | None) -> InvalidArgument:
    text = str(error).strip().split("\n")[0][:300]
    line = _line_of(error, path)
    where = f" (line {line})" if line is not None else ""
    raised = f"importing it raised {type(error).__name__}: {text}{where}"
    return InvalidArgument.of("target", target, raised, "a file that can be imported")


def _line_of(error: BaseException, path: str | None) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == path
    ]  # fmt: skip
    return lines[-1] if lines else None


def _attribute(target: str, module: ModuleType, name: str) -> Any:
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            raise InvalidArgument.of(
                "target", target, f"there is no {name!r} in it", _close_names(value, part)
            )
        value = getattr(value, part)
    return value


def _instantiated(value: type) -> Any:
    """An instance of a class of callables; a class is no implementation by itself."""
    if "__call__" not in _members(value) and not is_updater(value):
        raise InvalidArgument.of(
            "target", value, "it is a class without __call__",
            "a function, a class with __call__ (or load and update), or agent= for an agent",
        )  # fmt: skip
    try:
        return value()
    except TypeError as error:
        raise InvalidArgument.of(
            "target", value, f"it cannot be made without arguments ({error})",
            "an instance that the file makes itself, by its name",
        ) from error  # fmt: skip
    except (Exception, SystemExit) as error:
        raise InvalidArgument.of(
            "target", value, f"making it raised {type(error).__name__}: {error}",
            "a class that can be made without arguments",
        ) from error  # fmt: skip


def _members(value: type) -> set[str]:
    return {name for parent in value.__mro__ for name in vars(parent)}


def _close_files(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    there = [str(folder / p.name) for p in sorted(folder.glob("*.py"))]
    close = difflib.get_close_matches(str(path), there, n=3, cutoff=0.5)
    return f"one of {', '.join(close)}" if close else "the path of a Python file"


def _close_names(value: Any, name: str) -> str:
    there = [n for n in vars(value) if not n.startswith("_") and callable(getattr(value, n))]
    close = difflib.get_close_matches(name, there, n=3, cutoff=0.5) or sorted(there)[:8]
    return f"one of {', '.join(close)}" if close else "a file that defines it"


@contextlib.contextmanager
def _on_path(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
