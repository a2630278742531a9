"""What an advantage may move, and in which direction."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rlcheck.judges.structural.coordinates import (
    policy_coordinates,
)
from rlcheck.judges.structural.trial import Measured, Trial
from rlcheck.subjects.batch import Batch


def _single_credits(batch: Batch) -> Iterator[tuple[Tensor, int, int]]:
    """Advantages that are zero but in one slot, of both signs, in a few slots."""
    mask = batch.rollout.mask
    last = (mask.shape[0] - 1, min(1, mask.shape[1] - 1))  # a shrunk batch may hold one rollout
    for sign, (row, column) in zip((1.0, -1.0), ((0, 0), last), strict=True):
        if not bool(mask[row, column]):
            row = int(batch.rollout.lengths[column]) - 1
        credit = torch.zeros_like(batch.advantages)
        credit[row, column] = sign
        yield credit, row, column


def credit_stays_in_its_state(trial: Trial) -> Measured:
    """One advantage that is not zero: coordinates of other observations stay at rest."""
    if trial.batch.rollout.states is None:
        return  # states share the policy's weights there: a step in one moves others too
    for credit, row, column in _single_credits(trial.batch):
        gradient = trial.gradient_of(credit)
        if getattr(trial.case, "own", None) is not None:
            return  # a network's weights belong to no state
        due = gradient * _of_observation(trial, trial.batch.rollout.obs[row, column])
        yield trial.measure("credit-stays-in-its-state", gradient, due)


def _of_observation(trial: Trial, obs: Tensor) -> Tensor:
    """One in the policy's coordinates that belong to an observation, and in all of the values'."""
    pieces = []
    for name, parameter in trial.batch.networks.parameters.items():
        own = obs != 0 if name.startswith("policy.") and parameter.ndim == 2 else torch.ones(())
        pieces.append(own.to("cpu", torch.float64).expand(parameter.shape).reshape(-1))
    return torch.cat(pieces)


def credit_raises_probability(trial: Trial) -> Measured:
    """The slope of the action's own log-probability along a step against the gradient."""
    if not trial.case.on_policy:
        return
    parameters = list(trial.batch.networks.parameters.values())
    for credit, row, column in _single_credits(trial.batch):
        logp = trial.batch.array("logp")[row, column]
        scores = torch.autograd.grad(logp, parameters, allow_unused=True)
        score = torch.cat([
            (torch.zeros_like(p) if s is None else s).reshape(-1)
            for s, p in zip(scores, parameters, strict=True)
        ]).to("cpu", torch.float64)  # fmt: skip
        share = abs(float(credit[row, column])) / float(trial.batch.valid_steps.sum())
        if float(score @ score) * share <= 2 * trial.floor(score):
            continue  # so likely already that rounding hides whether it becomes likelier
        slope = -float(trial.gradient_of(credit) @ score) * float(credit[row, column])
        yield trial.decided(
            "credit-raises-probability", slope <= trial.floor(score),
            f"A = {float(credit[row, column]):+.0f} moves its log-probability by {slope:.3g}",
        )  # fmt: skip


def ratio_one(trial: Trial) -> Measured:
    """Half the clip range, at the policy that sampled."""
    if not trial.case.on_policy:
        return
    half = {**trial.batch.settings, "clip_eps": trial.batch.settings["clip_eps"] / 2}
    # Value clipping may use the range; the policy may not.
    policy = policy_coordinates(trial)
    narrower = trial.caller(replace(trial.batch, settings=half)).vector
    yield trial.measure("ratio-one", narrower * policy, trial.plain.vector * policy)


def lower_bound(trial: Trial) -> Measured:
    """The objective against mean(ratio A), all advantages of one sign."""
    if trial.case.on_policy or trial.plain.value is None:
        return
    batch = trial.batch
    with torch.no_grad():
        logp = batch.networks.logp(batch.rollout.obs, batch.rollout.actions)
    ratio, mask = (logp - batch.logp_old).exp(), batch.rollout.mask.to(torch.float64)
    zero = trial.caller(replace(batch, advantages=torch.zeros_like(batch.advantages))).value
    assert zero is not None
    for sign in (1.0, -1.0):
        credit = sign * batch.advantages.abs()
        answer = trial.caller(replace(batch, advantages=credit)).value
        assert answer is not None
        bound = float((ratio * credit * mask).sum() / mask.sum())
        over = (zero - answer) - bound
        yield trial.decided(
            "lower-bound", over > trial.floor(torch.tensor([bound])),
            f"the objective lies {over:.3g} above mean(ratio A)",
        )  # fmt: skip
