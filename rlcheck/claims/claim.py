"""A claim: what an implementation promises, as data. Judging is done elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from rlcheck.claims.continuous_truth import ContinuousTruth, Potential
from rlcheck.variants import Stage, Variant, Workspace
from rlcheck.variants.step_problem import PERFORMED, READ, part_of

Form = Literal["fixed", "delayed", "ragged", "segments", "time-limit", "carried", "carried-ragged"]
"""A kind of batch: how episodes lie in it, and how they end."""
Picks = Mapping[str, Variant]


@dataclass(frozen=True, kw_only=True)
class Term:
    """A summand of a method, with the ids of the stages that it is made of."""

    stages: tuple[str, ...]
    compute: Callable[[Workspace, Picks], Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """What is promised, and everything that is needed to hold an implementation to it.

    Attributes:
        id: kebab-case, public.
        promise: one sentence.
        derivation: id of the page that derives it.
        gives: "loss" (a scalar whose gradient is judged), "array" ([T, N]), "number", or "step"
            (a change of the policy's parameters, or a part of what it is made of).
        decides: which judge decides. "same batch": the claim is a formula. "exact": it is an
            expectation, and another estimator with the same one keeps the promise.
        settings: the documented default of each setting, used where a subject does not ask.
        varied: the values that a setting takes where a subject does ask for it.
        forms: the kinds of batch in which it can be judged.
        reads_ends: whether the right form depends on where episodes end.
        reads_cuts: whether it has to be told where one was truncated. A one-step target has not:
            what does not terminate bootstraps.
        averages: what the right form takes the mean over: valid steps, or rollouts.
        critic: what its expectation asks of the critic: "exact", or "any" where values are at most
            a baseline.
        off_policy: whether it says anything of a policy other than the one that sampled.
        trains: which networks its gradient reaches.
        freezes: which networks it promises to ask and not to train.
        stages: the row of stages, in order.
        terms: the method, from one variant a stage, as a sum.
        reference: the method again, from `rlcheck.losses` and `rlcheck.estimators`.
        target: the expected gradient's potential (or table), from `rlcheck.exact`, of a `Truth`
            (a `MemoryTruth` where what is remembered is carried into a batch); None where the
            claim is no statement about an expectation.
        target_continuous: the same on continuous actions; the moments of an array.
        planted: stage and variant that a sound judge must find biased (see "placebo").
    """

    id: str
    promise: str
    derivation: str
    gives: Literal["loss", "array", "number", "step"] = "loss"
    decides: Literal["same batch", "exact"] = "same batch"
    settings: Mapping[str, float] = field(default_factory=dict)
    varied: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    forms: tuple[Form, ...] = ("fixed", "delayed", "ragged", "segments", "time-limit")
    reads_ends: bool = False
    reads_cuts: bool = True
    averages: Literal["steps", "rollouts"] = "steps"
    critic: Literal["exact", "any"] = "exact"
    off_policy: bool = True
    trains: tuple[str, ...] = ("policy",)
    freezes: tuple[str, ...] = ()
    stages: tuple[Stage, ...]
    terms: tuple[Term, ...]
    reference: Callable[[Workspace], Tensor]
    target: Callable[[Any], Tensor] | None
    target_continuous: Callable[[ContinuousTruth], Potential | Tensor] | None = None
    planted: tuple[str, str]

    @property
    def remembers(self) -> bool:
        """Whether it is about policies with a memory."""
        return "carried" in self.forms

    @property
    def of_action_values(self) -> bool:
        """Whether what it trains gives a value for each action."""
        return "q_fn" in self.trains

    @property
    def right(self) -> dict[str, Variant]:
        """The right variant of every stage."""
        return {stage.id: stage.right for stage in self.stages}

    def assemble(self, x: Workspace, picks: Picks) -> Tensor:
        """The whole method with these variants in it."""
        first, *others = (term.compute(x, picks) for term in self.terms)
        return sum(others, start=first)

    def stage(self, stage_id: str) -> Stage:
        """The stage of that id."""
        return next(stage for stage in self.stages if stage.id == stage_id)

    def default_of(self, setting: str, asks: frozenset[str]) -> float:
        """What a setting is where an implementation does not ask for it."""
        if setting == "damping" and part_of(asks) == "product":
            return 0.0  # F v is a right product, and damped by whoever calls it
        return self.settings[setting]

    def unread(self, asks: frozenset[str]) -> frozenset[str]:
        """The settings that play no part in what an implementation asking for these words does."""
        return (
            frozenset(self.settings) - READ[part_of(asks)] if self.gives == "step" else frozenset()
        )

    def row(self, asks: frozenset[str]) -> tuple[Stage, ...]:
        """The stages that an implementation asking for these words performs itself."""
        if self.gives == "step":
            performed = PERFORMED[part_of(asks)]
            return tuple(stage for stage in self.stages if stage.id in performed)
        from_returns = "returns" in asks and "rewards" not in asks
        given = ("advantages" in asks or from_returns) and self.gives == "loss"
        skipped = {"advantages"} if given else set()
        return tuple(stage for stage in self.stages if stage.id not in skipped)
