"""Which combination of catalogued variants reproduces a subject, exactly and on every batch.

A method is a sum of terms, each a product of stages; gradients add. So every term's vector is
computed once for each combination of its own variants, and whole methods are then sums of vectors.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.claims.claim import Term
from rlcheck.judges.callers import RowCaller
from rlcheck.judges.floors import Gives, Words, floor
from rlcheck.judges.response import SubjectFailure, read_output
from rlcheck.subjects.batch import Batch
from rlcheck.variants import Stage, Variant, Workspace

MOST_CONVENTIONS = 4

Options = Callable[[Stage], Sequence[Variant]]
"""What may stand in a stage during a search."""
_LARGEST_FACTOR = 64
_FIRST_LOOK = 3
_LOOKED_AT_TWICE = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """One batch, and what the subject gave on it."""

    batch: Batch
    vector: Tensor
    floor: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """A combination of variants, with a constant factor before all of it.

    Attributes:
        picks: the variant of every stage.
        factor: the constant.
        error: relative distance to the subject on the batches tried.
    """

    picks: dict[str, Variant]
    factor: float = 1.0
    error: float = 0.0

    @property
    def deviations(self) -> tuple[Variant, ...]:
        return tuple(v for v in self.picks.values() if v.kind != "right")

    @property
    def conventions(self) -> tuple[str, ...]:
        ids = [v.id for v in self.deviations if v.kind == "convention"]
        if self.factor != 1.0:
            ids.append(f"constant-factor({Fraction(self.factor).limit_denominator(64)})")
        return tuple(ids)

    @property
    def faults(self) -> tuple[Variant, ...]:
        return tuple(v for v in self.deviations if v.kind == "fault")

    def without_faults(self) -> "Match":
        """The same conventions and factor, every faulty stage in its right form."""
        return replace(self, picks={k: v for k, v in self.picks.items() if v.kind != "fault"})

    def caller(self, claim: Claim, asks: frozenset[str]) -> "ScaledCaller":
        return ScaledCaller(
            claim=claim, picks={**claim.right, **self.picks}, asks=asks, factor=self.factor
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaledCaller(RowCaller):
    """A row of stages times a constant."""

    factor: float = 1.0

    def output(self, batch: Batch) -> Tensor:
        return self.factor * RowCaller.output(self, batch)


def find_conventions(claim: Claim, asks: frozenset[str], seen: Sequence[Seen]) -> Match | None:
    """The simplest combination of up to four conventions that reproduces every answer."""
    search = _Search(claim, asks, seen)
    for match in search.fitting(_conventional, MOST_CONVENTIONS, faults=0):
        return match
    return None


def find_suspects(
    claim: Claim, asks: frozenset[str], seen: Sequence[Seen], most: int = 3
) -> list[Match]:
    """One fault, beside at most two conventions: first those that fit exactly, then the nearest."""
    search = _Search(claim, asks, seen)
    found: dict[str, Match] = {}
    for match in itertools.chain(
        search.fitting(_suspicious, 3, faults=1),
        search.nearest(_suspicious),
    ):
        found.setdefault(match.faults[0].id, match)
        if len(found) == most:
            break
    return list(found.values())


def _suspicious(stage: Stage) -> tuple[Variant, ...]:
    return (*_one_of_each(stage.conventions), *stage.faults)


def _conventional(stage: Stage) -> tuple[Variant, ...]:
    return stage.conventions


def _one_of_each(conventions: Sequence[Variant]) -> list[Variant]:
    """One variant for each id: whitening has many epsilons, and one will do beside a fault."""
    return list({variant.id: variant for variant in reversed(conventions)}.values())


class _Search:
    def __init__(self, claim: Claim, asks: frozenset[str], seen: Sequence[Seen]) -> None:
        self.claim = claim
        self.asks = asks
        # The batch with the largest answer says most; the others confirm.
        self.seen = sorted(seen, key=lambda s: float(s.vector.norm()), reverse=True)
        self.stages = {stage.id: stage for stage in claim.row(asks)}
        self._vectors: dict[tuple[int, int, tuple[str, ...]], Tensor | None] = {}

    def fitting(self, options: Options, most: int, faults: int) -> Iterator[Match]:
        """Every combination that fits on all batches, fewest deviations first."""
        for match in self._fitting_first(options, most, faults):
            if all(self._fits(match, index) for index in range(1, len(self.seen))):
                yield match

    def nearest(self, options: Options) -> Iterator[Match]:
        """The single-fault combinations that come closest over all batches."""
        indices = range(len(self.seen))
        rough = [
            Match(picks=picks, error=max(self._distance(picks, i) for i in indices[:_FIRST_LOOK]))
            for picks in self._combinations(options, 1, 1)
        ]
        # All batches for the few that come near on the first.
        near = sorted(rough, key=lambda match: match.error)[:_LOOKED_AT_TWICE]
        exact = (
            Match(picks=m.picks, error=max(self._distance(m.picks, i) for i in indices))
            for m in near
        )
        yield from sorted(exact, key=lambda match: match.error)

    def _combinations(
        self, options: Options, most: int, faults: int
    ) -> Iterator[dict[str, Variant]]:
        choices = {k: options(stage) for k, stage in self.stages.items()}
        for count in range(faults, most + 1):
            for stages in itertools.combinations(choices, count):
                for picked in itertools.product(*(choices[k] for k in stages)):
                    if sum(v.kind == "fault" for v in picked) == faults:
                        yield dict(zip(stages, picked, strict=True))

    def _fitting_first(self, options: Options, most: int, faults: int) -> Iterator[Match]:
        target = self.seen[0]
        later = []
        for picks in self._combinations(options, most, faults):
            vector = self._whole(picks, 0)
            if vector is None:
                continue
            if float((vector - target.vector).norm()) <= target.floor:
                yield Match(picks=picks)
            elif len(picks) < most and self.claim.gives == "loss":
                factor = _factor(vector, target)
                if factor is not None:
                    later.append(Match(picks=picks, factor=factor))
        yield from later

    def _fits(self, match: Match, index: int) -> bool:
        vector = self._whole(match.picks, index)
        seen = self.seen[index]
        return (
            vector is not None and float((match.factor * vector - seen.vector).norm()) <= seen.floor
        )

    def _distance(self, picks: dict[str, Variant], index: int) -> float:
        vector = self._whole(picks, index)
        norm = float(self.seen[index].vector.norm())
        if vector is None or norm == 0:
            return float("inf") if vector is None else float(vector.norm())
        return float((vector - self.seen[index].vector).norm()) / norm

    def _whole(self, picks: dict[str, Variant], index: int) -> Tensor | None:
        parts = [self._part(t, term, picks, index) for t, term in enumerate(self.claim.terms)]
        if any(part is None for part in parts):
            return None
        return torch.stack([part for part in parts if part is not None]).sum(0)

    def _part(
        self, position: int, term: Term, picks: dict[str, Variant], index: int
    ) -> Tensor | None:
        own = {k: picks[k] for k in term.stages if k in picks}
        key = (position, index, tuple(f"{k}={id(v)}" for k, v in own.items()))
        if key not in self._vectors:
            self._vectors[key] = self._compute(term, own, index)
        return self._vectors[key]

    def _compute(self, term: Term, own: dict[str, Variant], index: int) -> Tensor | None:
        batch = self.seen[index].batch
        output = term.compute(Workspace(batch, self.asks), {**self.claim.right, **own})
        try:
            return read_output(output, self.claim, batch, None).vector
        except SubjectFailure:
            return None


def _factor(vector: Tensor, target: Seen) -> float | None:
    """c > 0 with c * vector = target, if it is a fraction that somebody would have written."""
    square = float(vector @ vector)
    if square == 0 or float(target.vector.norm()) <= target.floor:
        return None  # an answer that is rounding alone is nobody's multiple
    factor = float(vector @ target.vector) / square
    if factor <= 0 or float((factor * vector - target.vector).norm()) > target.floor:
        return None
    written = Fraction(factor).limit_denominator(_LARGEST_FACTOR)
    allowed = target.floor / square**0.5
    if written in (0, 1) or written.numerator > _LARGEST_FACTOR or abs(factor - written) > allowed:
        return None
    return float(written)


def stage_of(claim: Claim, variant: Variant) -> Stage:
    """The stage that a variant stands in."""
    return next(s for s in claim.stages if variant in s.variants)


def floor_of(
    batch: Batch, vector: Tensor, eps: float, gives: Gives = "loss", words: Words = None
) -> float:
    """The floor of a comparison between a subject and a row of stages: both round."""
    return 2 * floor(batch, vector, eps, words, gives)
