"""Directions of descent, what may not move at all, and float32."""

import torch
from torch import Tensor

from rlcheck.judges.floors import EPS32, floor
from rlcheck.judges.measurement import Measurement
from rlcheck.judges.single_precision import in_float32
from rlcheck.judges.structural.coordinates import policy_coordinates, reached_by_policy
from rlcheck.judges.structural.trial import Measured, NotTried, Trial


def values_untouched(trial: Trial) -> Measured:
    """The coordinates of the value function, where the claim does not train it."""
    if not trial.asks & {"value_fn", "agent", "values_new"} or trial.claim.gives != "loss":
        return
    found = trial.plain.vector * (1 - policy_coordinates(trial))
    if getattr(trial.case, "own", None) is not None:
        # What is shared with the policy may move.
        found = trial.plain.vector * (1 - reached_by_policy(trial))
    yield trial.measure("values-untouched", found, torch.zeros_like(found))


def entropy_rises(trial: Trial) -> Measured:
    """The slope of the entropy along a step against the gradient."""
    batch = trial.batch
    parameters = batch.networks.parameters
    mean = (batch.networks.entropy(batch.rollout.obs) * batch.rollout.mask).sum()
    yield _descends(trial, "entropy-rises", -mean, list(parameters.values()))


def error_falls(trial: Trial) -> Measured:
    """The slope of the squared error along a step against the gradient."""
    batch = trial.batch
    parameters = batch.networks.parameters
    error = (batch.networks.value(batch.rollout.obs) - batch.returns) ** 2
    yield _descends(
        trial, "error-falls", (error * batch.rollout.mask).sum(), list(parameters.values())
    )


def _descends(trial: Trial, name: str, objective: Tensor, parameters: list) -> Measurement:
    gradients = torch.autograd.grad(objective, parameters, allow_unused=True)
    direction = torch.cat([
        (torch.zeros_like(p) if g is None else g).reshape(-1)
        for g, p in zip(gradients, parameters, strict=True)
    ]).to("cpu", torch.float64)  # fmt: skip
    slope = float(trial.plain.vector @ direction)
    return trial.decided(name, slope <= 0, f"the slope along the gradient is {slope:.3g}")


def float32_agrees(trial: Trial) -> Measured:
    """The same batch and networks in float32; not where a ratio lies on an end of the clip range.

    There float32 may fall on the other side of the kink, and the gradient of either is right.
    """
    if _on_a_kink(trial):
        raise NotTried("a ratio lies on the end of the clip range")
    found = trial.caller(in_float32(trial.batch)).vector
    yield Measurement(
        property_id="float32-agrees", case=trial.case, found=found, due=trial.plain.vector,
        floor=floor(trial.batch, trial.plain.vector, EPS32, trial.asks, trial.claim.gives),
        n_rollouts=trial.batch.rollout.N,
    )  # fmt: skip


def _on_a_kink(trial: Trial) -> bool:
    """Whether float32 could not tell on which side of 1 - eps or 1 + eps some ratio lies."""
    batch = trial.batch
    if "clip_eps" not in batch.settings or trial.case.on_policy:
        return False
    with torch.no_grad():
        logp = batch.networks.logp(batch.rollout.obs, batch.rollout.actions)
    ratio, eps = (logp - batch.logp_old).exp(), batch.settings["clip_eps"]
    # A log-probability passes through no more roundings than a floor allows for.
    band = 64 * EPS32 * ratio
    near = ((ratio - 1 + eps).abs() < band) | ((ratio - 1 - eps).abs() < band)
    return bool((near & batch.rollout.mask).any())
