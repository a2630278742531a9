"""The rules by which a step is proved whatever the sizes. Few, each tested and mutated itself."""

from derivations.language.rules.base import LocalRule, Rule
from derivations.language.rules.earlier import Earlier
from derivations.language.rules.of_means import ReturnToValue, ScoreMeanZero
from derivations.language.rules.of_sums import (
    EmptySum,
    Exchange,
    FirstTerm,
    Geometric,
    IndexShift,
    LastTerm,
    SplitAt,
)
from derivations.language.rules.of_worlds import (
    LastStep,
    Normalise,
    NoSteps,
    TotalProbability,
    Unfold,
)

__all__ = [
    "Earlier",
    "EmptySum",
    "Exchange",
    "FirstTerm",
    "Geometric",
    "IndexShift",
    "LastStep",
    "LastTerm",
    "LocalRule",
    "NoSteps",
    "Normalise",
    "ReturnToValue",
    "Rule",
    "ScoreMeanZero",
    "SplitAt",
    "TotalProbability",
    "Unfold",
]
