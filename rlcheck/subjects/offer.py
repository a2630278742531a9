"""Hands a batch to a subject: each parameter gets the word that it asked for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor

from rlcheck.subjects.batch import Batch
from rlcheck.subjects.flags import flag
from rlcheck.subjects.layouts import to_arrays, to_layout
from rlcheck.subjects.subject import Subject
from rlcheck.subjects.unrolled import RecurrentBatch
from rlcheck.vocabulary import FROZEN, MODULES, SETTINGS, WHOLE_NUMBERS

_BOOLEAN = frozenset(
    {"terminated", "truncated", "dones", "dones_before", "episode_starts", "mask"}
    | {"next_done", "last_dones"}
)
# What the implementation may differentiate through; everything else arrives without a graph.
_WITH_GRAPH = frozenset({"logp", "entropy", "values_new", "q_values", "next_q_values"})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def offer(subject: Subject, batch: Batch, given: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
    """The keyword arguments of one call. Arrays are copies: nothing of the batch can be lost.

    Args:
        subject: whose parameters are bound.
        batch: what it is handed.
        given: words that are no part of a batch, such as a vector to be multiplied.
    """
    return {
        name: given[word] if word in given else _word(subject, batch, word)
        for name, word in subject.bound.items()
    }


def _word(subject: Subject, batch: Batch, word: str) -> Any:
    if word in FROZEN:
        return getattr(batch, word)
    if word in MODULES:
        return batch.networks.modules()[word]
    if word in SETTINGS:
        return int(batch.settings[word]) if word in WHOLE_NUMBERS else batch.settings[word]
    if word == "initial_state":
        # Its axes are those of the agent, whatever the layout of the batch.
        assert isinstance(batch, RecurrentBatch), "only claims about a memory hand one over"
        return batch.state()
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
