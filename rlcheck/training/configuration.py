"""What a run was asked for: the words of a command as typed settings, and as `config.json`."""

import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from rlcheck.algorithms.normalisers import NORMALISED
from rlcheck.errors import InvalidArgument
from rlcheck.training.table import ALGORITHMS, Algorithm

BOUNDS = ("clipped", "squashed")

MAY_DIFFER = ("steps", "log_every")
"""What a run may be taken up with another value of: neither decides what an update does."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """A run.

    Attributes:
        algorithm: its name in `ALGORITHMS`.
        env: id of a Gymnasium environment, or one of our own, `rlcheck:NAME`.
        steps: of all copies in all processes together, at least.
        seed: of everything random.
        device: where networks are and updates are computed.
        envs: copies of the environment in each process.
        settings: of the algorithm, every one of them.
        normalize: "observations", "rewards" or both.
        bounds: how numbers come to lie within an action's: "clipped" on the way to the environment,
            or "squashed" by the policy itself (`rlcheck.algorithms.squashed`).
        checkpoint_every: steps between two checkpoints, rounded up to whole rollouts.
        log_every: steps between two lines of metrics, at least.
        processes: how many learn as one.
    """

    algorithm: str
    env: str
    steps: int
    seed: int
    device: str
    envs: int
    settings: Mapping[str, Any]
    normalize: tuple[str, ...]
    bounds: str
    checkpoint_every: int
    log_every: int
    processes: int

    @property
    def entry(self) -> Algorithm:
        """The algorithm."""
        return ALGORITHMS[self.algorithm]

    @property
    def typed(self) -> Any:
        """The settings as the algorithm takes them."""
        return self.entry.settings(**self.settings)

    def as_json(self) -> dict[str, Any]:
        """The same for `config.json`."""
        return {**asdict(self), "settings": dict(self.settings), "normalize": list(self.normalize)}


def configured(
    algorithm: str,
    *,
    env: str,
    steps: int,
    seed: int = 0,
    device: str = "cpu",
    envs: int = 8,
    settings: Mapping[str, str] | None = None,
    normalize: Sequence[str] = (),
    bounds: str = "clipped",
    checkpoint_every: int = 20_000,
    log_every: int = 2_000,
    processes: int = 1,
) -> Configuration:
    """A run, from words.

    Args:
        algorithm: its name.
        env: as `Configuration`, and so are the others.
        steps: see there.
        seed: see there.
        device: see there.
        envs: see there.
        settings: values as they are typed, by the names of settings.
        normalize: see there.
        bounds: see there.
        checkpoint_every: see there.
        log_every: see there.
        processes: see there.

    Raises:
        InvalidArgument: something is unknown or out of its range.
    """
    if algorithm not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise InvalidArgument.of("algorithm", algorithm, "no such one", f"one of {known}")
    given = {"steps": steps, "envs": envs, "checkpoint_every": checkpoint_every,
             "log_every": log_every}  # fmt: skip
    for name, value in given.items():
        if value < 1:
            raise InvalidArgument.of(name, value, "too few", "1 or more")
    require_seed(seed)
    if bounds not in BOUNDS:
        raise InvalidArgument.of("bounds", bounds, "no such way", " or ".join(BOUNDS))
    for name in normalize:
        if name not in NORMALISED:
            raise InvalidArgument.of("normalize", name, "no such one", " or ".join(NORMALISED))
    if normalize and processes > 1:
        raise InvalidArgument.of(
            "normalize", list(normalize), "each process would normalise by statistics of its own",
            "it to one process alone",
        )  # fmt: skip
    if processes > 1 and not ALGORITHMS[algorithm].spreads:
        raise InvalidArgument.of(
            "algorithm", algorithm, f"it learns in one process, and here are {processes}",
            "one that several can run, or no torchrun",
        )  # fmt: skip
    made = settings_of(ALGORITHMS[algorithm], settings or {})
    return Configuration(
        algorithm=algorithm, env=env, steps=steps, seed=seed, device=device, envs=envs,
        settings={field.name: getattr(made, field.name) for field in fields(made)},
        normalize=tuple(sorted(set(normalize))), bounds=bounds, processes=processes,
        checkpoint_every=checkpoint_every, log_every=log_every,
    )  # fmt: skip


def require_seed(seed: int) -> None:
    """Refuses what PyTorch's generators take no seed from.

    Raises:
        InvalidArgument: it is negative, or has more than 63 bits.
    """
    if not 0 <= seed < 2**63:
        raise InvalidArgument.of("seed", seed, "it is out of range", "0 to 2^63 - 1")


def configuration_of(data: Mapping[str, Any]) -> Configuration:
    """What `Configuration.as_json` gave, back.

    Raises:
        InvalidArgument: it is none of ours.
    """
    try:
        found = Configuration(**{**data, "normalize": tuple(data["normalize"])})
        _ = found.typed
    except (KeyError, TypeError) as problem:
        raise InvalidArgument.of(
            "config.json", sorted(data), f"it is no run's of this rlcheck ({problem})",
            "the folder of a run",
        ) from problem  # fmt: skip
    return found


def settings_of(algorithm: Algorithm, words: Mapping[str, str]) -> Any:
    """The algorithm's settings, the defaults but for those that words give.

    Raises:
        InvalidArgument: there is no such setting, or it cannot be that.
    """
    kinds = get_type_hints(algorithm.settings)
    for name in words:
        if name not in kinds:
            known = ", ".join(kinds)
            raise InvalidArgument.of("--set", name, "no such setting", f"one of {known}")
    return algorithm.settings(**{n: _value(n, word, kinds[n]) for n, word in words.items()})


def _value(name: str, word: str, kind: Any) -> Any:
    """A word as what the annotation asks for."""
    for choice in get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,):
        if choice is type(None) and word.lower() == "none":
            return None
        if get_origin(choice) is Literal and word in get_args(choice):
            return word
        if choice is bool and word.lower() in ("true", "false"):
            return word.lower() == "true"
        if choice in (int, float):
            try:
                value = choice(word)
                finite = math.isfinite(value)
            except (ValueError, OverflowError):
                continue
            if finite:
                return value
    raise InvalidArgument.of("--set", f"{name}={word}", "it cannot be that", _wanted(kind))


def _wanted(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_wanted(choice) for choice in get_args(kind))
    said = {
        int: "a whole number",
        float: "a finite number",
        bool: "true or false",
        type(None): "none",
    }
    return said.get(kind, str(kind))


def require_same(found: Mapping[str, Any], asked: Configuration) -> None:
    """Refuses to go on with another run than the one that was begun.

    Raises:
        InvalidArgument: with the first thing that differs.
    """
    flat_found, flat_asked = _flat(found), _flat(asked.as_json())
    for name in sorted(flat_found.keys() | flat_asked.keys()):
        had, wants = flat_found.get(name), flat_asked.get(name)
        if name not in MAY_DIFFER and had != wants:
            raise InvalidArgument.of(
                name, wants, f"the run in this folder was begun with {had!r}",
                f"{had!r}, or another folder",
            )  # fmt: skip


def _flat(configuration: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(configuration)
    settings = whole.pop("settings", None)
    return {**whole, **(settings if isinstance(settings, Mapping) else {})}
