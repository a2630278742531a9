"""What every step of a batch adds to the gradient of a clipped surrogate: where it is wrong.

With the advantage of step i alone, and less what is there without any,

    g_i = grad L(A_i e_i) - grad L(0) = -(1/n) f'(rho_i, A_i) score_i,    n the valid steps,

f being the surrogate as a function of log pi: the slope f' is rho A, or zero where it is clipped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rlcheck.claims import Claim
from rlcheck.judges.callers import Caller
from rlcheck.judges.continuous_case import AnyCase
from rlcheck.judges.floors import floor
from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.same_batch import clips_given_credit
from rlcheck.subjects.batch import Batch
from rlcheck.verdict import ClipPoint

SINGLE_STEPS = "the gradient of single steps in the clip plane"
"""What is not tried where no step can be looked at by itself."""


class NoSteps(Exception):
    """Why no step of a subject has a contribution of its own."""


def has_clip_points(claim: Claim, asks: frozenset[str]) -> bool:
    """Whether a claim clips the ratios of a policy that it trains, by advantages handed over."""
    return clips_given_credit(claim, asks) and "policy" in claim.trains


def clip_points(
    caller: Caller, due: Caller, reference: Caller, cases: Sequence[AnyCase]
) -> tuple[ClipPoint, ...]:
    """Every step of the off-policy batches, with the subject's slope and the one that is due.

    Args:
        caller: the subject.
        due: the right form, with the conventions that the subject is known to follow.
        reference: the right form, in whose units slopes are told.
        cases: where all are called; those on policy are passed over, for nothing is clipped.

    Raises:
        NoSteps: the subject's steps are coupled, or it gives nothing to compare on a single one.
    """
    try:
        return tuple(
            point
            for case in cases
            if not case.on_policy
            for point in _points(caller, due, reference, case.sampled)
        )
    except SubjectFailure as failure:
        raise NoSteps(f"with the advantage of a single step {failure}") from failure


@dataclass(frozen=True, kw_only=True, eq=False)
class _Steps:
    """The valid steps of a batch: where they are, log pi - log pi_old, and their scores [n, P]."""

    places: Tensor
    ratios: Tensor
    scores: Tensor

    @property
    def reached(self) -> Tensor:
        """The coordinates that some log-probability reaches; no other belongs to a step."""
        return self.scores.abs().sum(0) > 0

    def along(self, gradients: Tensor) -> Tensor:
        """The coefficient of each step's gradient along its own score, [n]; zero for no score."""
        squares = (self.scores**2).sum(-1)
        return (gradients * self.scores).sum(-1) / squares.where(squares > 0, torch.inf)


def _points(caller: Caller, due: Caller, reference: Caller, batch: Batch) -> Iterator[ClipPoint]:
    steps = _steps(batch)
    found, right = _contributions(caller, batch, steps), _contributions(due, batch, steps)
    allowed = 2 * floor(batch, right.sum(0), caller.eps, caller.words)
    _require_own(found, _credited(caller, batch, batch.advantages), steps, allowed)
    wrong = ((found - right)[:, steps.reached].norm(dim=-1) > allowed).tolist()
    plain = right if due is reference else _contributions(reference, batch, steps)
    count, eps = len(steps.places), batch.settings["clip_eps"]
    unit = -_constant_between(steps.along(plain), steps.along(right)) / count
    slopes = [(steps.along(gradients) / unit + 0.0).tolist() for gradients in (right, found)]
    for index, (row, column) in enumerate(steps.places.tolist()):
        ratio, advantage = float(steps.ratios[index]), float(batch.advantages[row, column])
        size = ratio * abs(advantage) * abs(unit) * float(steps.scores[index].norm())
        # At a kink every slope between the two is right; one below the floor is not seen.
        at_a_kink = min(abs(ratio - 1 + eps), abs(ratio - 1 - eps)) <= allowed
        if at_a_kink or size <= allowed:
            continue
        yield ClipPoint(
            ratio=ratio, advantage=advantage, clip_eps=eps,
            due=slopes[0][index], found=slopes[1][index], is_right=not wrong[index],
        )  # fmt: skip


def _constant_between(plain: Tensor, scaled: Tensor) -> float:
    """The constant that conventions put before the right form: one, or a sum's number of terms."""
    there = plain != 0
    return float((scaled[there] / plain[there]).median()) if bool(there.any()) else 1.0


def _steps(batch: Batch) -> _Steps:
    rollout = batch.rollout
    places = rollout.mask.nonzero()
    logp = batch.networks.logp(rollout.obs, rollout.actions)
    parameters = list(batch.networks.parameters.values())
    scores = []
    for row, column in places.tolist():
        found = torch.autograd.grad(
            logp[row, column], parameters, retain_graph=True, allow_unused=True
        )
        scores.append(torch.cat([
            (torch.zeros_like(p) if g is None else g).reshape(-1)
            for g, p in zip(found, parameters, strict=True)
        ]))  # fmt: skip
    ratios = (logp.detach() - batch.logp_old)[rollout.mask].exp()
    return _Steps(
        places=places, ratios=ratios.cpu(), scores=torch.stack(scores).to("cpu", torch.float64)
    )


def _contributions(caller: Caller, batch: Batch, steps: _Steps) -> Tensor:
    """g_i of every step, [n, P]."""
    rows = []
    for row, column in steps.places.tolist():
        credit = torch.zeros_like(batch.advantages)
        credit[row, column] = batch.advantages[row, column]
        rows.append(_gradient(caller, batch, credit))
    return torch.stack(rows) - _gradient(caller, batch, torch.zeros_like(batch.advantages))


def _credited(caller: Caller, batch: Batch, credit: Tensor) -> Tensor:
    without = _gradient(caller, batch, torch.zeros_like(credit))
    return _gradient(caller, batch, credit) - without


def _gradient(caller: Caller, batch: Batch, credit: Tensor) -> Tensor:
    answer = caller(replace(batch, advantages=credit))
    if answer.clipped:
        raise NoSteps("its gradient is clipped by norm: the length of a part says nothing")
    return answer.vector


def _require_own(found: Tensor, whole: Tensor, steps: _Steps, allowed: float) -> None:
    """Every contribution lies along its own score, and all of them add up to the whole."""
    apart = found - steps.along(found)[:, None] * steps.scores
    elsewhere = bool((apart[:, steps.reached].norm(dim=-1) > allowed).any())
    rest = (found.sum(0) - whole)[steps.reached].norm()
    if elsewhere or float(rest) > (len(found) + 1) * allowed:
        raise NoSteps("its steps are coupled: what one adds depends on the others")
