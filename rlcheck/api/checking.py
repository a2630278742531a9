"""`check`: whatever names or is an implementation, held to a claim."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rlcheck.adapters import ADAPTERS, AdapterEntry, adapter, from_live, is_live
from rlcheck.api.again import again
from rlcheck.api.child import in_a_child
from rlcheck.claims import Claim
from rlcheck.errors import InvalidArgument
from rlcheck.judges import verify
from rlcheck.subjects import Subject, find, from_object, load, make_agent, make_subject
from rlcheck.subjects.agents import assumed_action
from rlcheck.subjects.binding import left_to_default
from rlcheck.subjects.parts import Composed
from rlcheck.verdict import Verdict

_LIBRARIES = frozenset(name.partition(":")[0] for name in ADAPTERS)
_NAMES_A_THING = "a function, FILE.py:NAME, package.module:NAME, an adapter, or a live object"


def check(
    subject: Subject | Callable[..., Any] | str | Any,
    *,
    claim: Claim | str | None = None,
    names: Mapping[str, str] | None = None,
    settings: Mapping[str, float] | None = None,
    layout: str = "TN",
    arrays: str = "torch",
    actions: str = "discrete",
    agent: Any = None,
    device: str = "cpu",
    seed: int = 0,
    replay: str | None = None,
    shrink: bool = True,
) -> Verdict:
    """Holds an implementation to a claim.

    Args:
        subject: a function by argument name, a `Subject`, `FILE.py:NAME`, `package.module:NAME`,
            an adapter (`stable-baselines3:ppo`, judged in a child process), a library's live
            object, or an agent that has only an update (`rlcheck.subjects.protocols`).
        claim: what it promises; adapters and live objects know theirs.
        names: the vocabulary's word for parameters that are spelled otherwise.
        settings: values of settings that it does not ask for.
        layout: "TN", "BT" or "flat".
        arrays: "torch" or "numpy".
        actions: "discrete", "continuous" or "both"; networks that the subject brings act with one
            of them, and an agent's class is constructed for it.
        agent: the agent that the loss calls: a class, an instance, or `FILE.py:Agent`.
        device: where tensors live, as PyTorch names it ("cuda", "cuda:1").
        seed: of the worlds.
        replay: a replay line of a failing report: that property on that case alone.
        shrink: whether a failing case is shrunk to the smallest world.

    Returns:
        The verdict; whatever the implementation does is in it.

    Raises:
        InvalidArgument: wrong use: no such file, name, claim or argument.
    """
    words = {
        "names": dict(names or {}), "settings": dict(settings or {}), "layout": layout,
        "arrays": arrays, "actions": actions, "agent": agent, "device": device,
    }  # fmt: skip
    asked = {"settings": dict(settings or {}), "device": device, "seed": seed}
    asked |= {"replay": replay, "shrink": shrink}
    if isinstance(subject, str) and is_adapter(subject):
        instead = "no {}, or a function of your own"
        _refuse_own(
            "an adapter", instead, names=names, agent=agent, layout=layout, arrays=arrays,
            actions=actions,
        )  # fmt: skip
        promised = claim.id if isinstance(claim, Claim) else claim
        verdict = in_a_child({"name": subject, "claim": promised, **asked})
        return repeatable(verdict, subject, words)
    found = resolve(
        subject, claim=claim, names=names, layout=layout, arrays=arrays, actions=actions,
        agent=agent,
    )  # fmt: skip
    verdict = repeatable(verify(found.subject, claim=found.claim, **asked), subject, words)
    return replace(verdict, notes=(*verdict.notes, *found.notes))


@dataclass(frozen=True, kw_only=True, eq=False)
class Resolved:
    """What was handed over, as rlcheck calls it.

    Attributes:
        subject: the implementation.
        claim: what it is held to.
        notes: how it was taken apart, where a report should say so.
    """

    subject: Subject
    claim: Claim | str
    notes: tuple[str, ...] = ()


def resolve(
    subject: Any,
    *,
    claim: Claim | str | None = None,
    names: Mapping[str, str] | None = None,
    layout: str = "TN",
    arrays: str = "torch",
    actions: str = "discrete",
    agent: Any = None,
) -> Resolved:
    """The subject of anything that `check` takes but an adapter's name, and its claim.

    Raises:
        InvalidArgument: as `check`.
    """
    notes: tuple[str, ...] = ()
    if isinstance(subject, Subject):
        given = {"names": names, "layout": layout, "arrays": arrays, "actions": actions}
        _refuse_own("a Subject", "Subject(..., {}=...)", **given)
    elif not isinstance(subject, str) and is_live(subject):
        _refuse_own("a live object", "no {}", agent=agent)
        live = from_live(subject)
        notes = _left_and_changed(live.conventions, live.changed)
        claim = claim or live.claim
        subject = live_subject(live)
    found = _subject(subject, names, layout, arrays, actions, agent)
    if claim is None:
        raise InvalidArgument.of(
            "claim", None, "only adapters and live objects know what they promise",
            "claim=NAME (--claim NAME in the shell); `rlcheck claims` lists them",
        )  # fmt: skip
    return Resolved(subject=found, claim=claim, notes=(*notes, *_left_to_default(found)))


def _left_to_default(subject: Subject) -> tuple[str, ...]:
    """A note on parameters with a default that no word of the vocabulary is bound to."""
    if isinstance(subject.call, Composed):
        return ()
    left = left_to_default(subject.call, subject.bound)
    if not left:
        return ()
    told = ", ".join(f"{name}={value!r}" for name, value in left.items())
    first = next(iter(left))
    return (f"left at their defaults: {told}; names={{{first!r}: WORD}} if one is a setting",)


_DEFAULTS = {"layout": "TN", "arrays": "torch", "actions": "discrete", "device": "cpu"}


def repeatable(verdict: Verdict, typed: Any, words: Mapping[str, Any]) -> Verdict:
    """The verdict with the call that was made in it, so that its replay lines work.

    Args:
        verdict: what came out.
        typed: what was handed to `check`.
        words: the options that say how to call it; what is left to its default is not written.
    """
    said = {k: v for k, v in words.items() if v not in (None, {}, _DEFAULTS.get(k))}
    return replace(verdict, again=again(typed, verdict.subject, verdict.claim, said))


def assert_consistent(subject: Any, *, strict: bool = False, **options: Any) -> Verdict:
    """`check`, raising where the verdict is `biased`, `not reproducible` or `inconclusive`.

    Args:
        subject: as for `check`.
        strict: whether a convention raises as well.
        options: as for `check`.

    Returns:
        The verdict, where nothing is raised.

    Raises:
        AssertionError: with the plain report.
        InvalidArgument: as `check`.
    """
    verdict = check(subject, **options)
    if verdict.exit_code(strict):
        from rlcheck.reports.terminal import plain_text

        raise AssertionError(plain_text(verdict))
    return verdict


def is_adapter(name: str) -> bool:
    """Whether a name belongs to an outside library's adapter, an existing one or not."""
    return name.partition(":")[0] in _LIBRARIES


def adapter_subject(entry: AdapterEntry) -> Subject:
    """An adapter as a subject; its library is imported, so call it in a child."""
    return make_subject(
        entry.load(),
        name=entry.name,
        kind="update" if entry.kind == "update" else "function",
        settings=entry.settings,
        flags_as_bool=entry.flags_as_bool,
    )


def check_adapter(name: str, claim: str | None, **asked: Any) -> Verdict:
    """Judges an adapter in this process.

    Raises:
        InvalidArgument: there is no such adapter, or its library is not installed.
    """
    entry = adapter(name)
    return verify(adapter_subject(entry), claim=claim or entry.claim, **asked)


def live_subject(live: Any) -> Subject:
    """A library's own object, taken apart, as a subject that brings its networks."""
    return make_subject(
        live.call,
        name=live.name,
        kind="update" if live.kind == "update" else "function",
        own=live,
        settings=live.settings,
        flags_as_bool=True,
    )


def _subject(
    subject: Any,
    names: Mapping[str, str] | None,
    layout: str,
    arrays: str,
    actions: str,
    agent: Any,
) -> Subject:
    options = {"names": names, "layout": layout, "arrays": arrays, "actions": actions}
    own, printed = None, ""
    if agent is not None:
        spoken_of = subject.actions if isinstance(subject, Subject) else actions
        own, printed = _own_networks(agent, spoken_of)
    if isinstance(subject, Subject):
        return subject if own is None else replace(subject, own=own, printed=printed)
    if isinstance(subject, str):
        found = load(subject, own=own, **options)
        return replace(found, printed=found.printed + printed)
    if subject is None:
        raise InvalidArgument.of("subject", subject, "it is nothing", _NAMES_A_THING)
    found = from_object(subject, own=own, **options)
    return replace(found, printed=printed)


def _own_networks(agent: Any, actions: str) -> tuple[Any, str]:
    """The networks of an agent, and what importing it printed."""
    value, name, printed = agent, getattr(agent, "__name__", type(agent).__name__), ""
    if isinstance(agent, str):
        imported = find(agent)
        value, name, printed = imported.value, imported.name, imported.printed
    return make_agent(value, name=name, action=assumed_action(value, actions)), printed


def _refuse_own(who: str, instead: str, **given: Any) -> None:
    """Refuses what would not be heard, because who is checked has it already."""
    for name, value in given.items():
        if value not in (None, {}, _DEFAULTS.get(name)):
            raise InvalidArgument.of(name, value, f"{who} knows its own", instead.format(name))


def _left_and_changed(left: tuple[str, ...], changed: tuple[str, ...]) -> tuple[str, ...]:
    notes = [f"left as the object has it: {', '.join(left)}"] if left else []
    notes += [f"switched off while it ran, and put back: {', '.join(changed)}"] if changed else []
    return tuple(notes)
