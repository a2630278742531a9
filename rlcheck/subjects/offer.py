"""Hands a batch to a subject: each parameter gets the word that it asked for."""

from typing import Any

from torch import Tensor

from rlcheck.subjects.batch import Batch
from rlcheck.subjects.flags import flag
from rlcheck.subjects.layouts import to_arrays, to_layout
from rlcheck.subjects.subject import Subject
from rlcheck.vocabulary import FROZEN, MODULES, SETTINGS

_BOOLEAN = frozenset(
    {"terminated", "truncated", "dones", "dones_before", "episode_starts", "mask"}
    | {"next_done", "last_dones"}
)
# What the implementation may differentiate through; everything else arrives without a graph.
_WITH_GRAPH = frozenset({"logp", "entropy", "values_new", "q_values", "next_q_values"})


def offer(subject: Subject, batch: Batch) -> dict[str, Any]:
    """The keyword arguments of one call. Arrays are copies: nothing of the batch can be lost."""
    return {name: _word(subject, batch, word) for name, word in subject.bound.items()}


def _word(subject: Subject, batch: Batch, word: str) -> Any:
    if word in FROZEN:
        return getattr(batch, word)
    if word in MODULES:
        return batch.networks.modules()[word]
    if word in SETTINGS:
        return batch.settings[word]
    values = batch.array(word)
    if word not in _WITH_GRAPH:
        values = values.clone()
    values = to_layout(values, subject.layout, batch.rollout.mask)
    if subject.arrays == "numpy":
        return to_arrays(values, "numpy")
    return _flagged(values, word, subject)


def _flagged(values: Tensor, word: str, subject: Subject) -> Tensor:
    if word in _BOOLEAN and not subject.flags_as_bool:
        return flag(values)
    return values
