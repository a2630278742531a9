"""A trust-region step by hand: the Hessian of the divergence, a dense solve, a line search."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, Normal, kl_divergence
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from tests.power.handmade import HandBatch


def law(batch: HandBatch, flat: Tensor) -> Any:
    """The policy's distributions as a function of its flat parameters."""
    weight = batch.policy.weight
    raw = batch.arrays["obs"] @ flat[: weight.numel()].reshape(weight.shape)
    if batch.policy.log_std is None:
        return Categorical(logits=raw)
    return Independent(Normal(raw, flat[weight.numel() :].exp().expand_as(raw)), 1)


def here(batch: HandBatch) -> Tensor:
    return parameters_to_vector(batch.policy.parameters()).detach()


def fisher(batch: HandBatch) -> Tensor:
    """The Hessian of the mean divergence from the policy as it is."""
    theta = here(batch)
    old = law(batch, theta)
    return torch.autograd.functional.hessian(
        lambda flat: kl_divergence(old, law(batch, flat)).mean(), theta
    )


def _surrogate(batch: HandBatch, flat: Tensor) -> Tensor:
    a = batch.arrays
    return (
        (law(batch, flat).log_prob(a["actions"]) - a["logp_old"]).exp() * a["advantages"]
    ).mean()


def gradient_of_surrogate(batch: HandBatch) -> Tensor:
    return torch.autograd.functional.jacobian(lambda flat: _surrogate(batch, flat), here(batch))


def operators(batch: HandBatch) -> list[Tensor]:
    matrix = fisher(batch)
    return [matrix + batch.settings["damping"] * torch.eye(len(matrix)).double(), matrix]


def right_step(batch: HandBatch) -> Tensor:
    """The step that is due."""
    settings, theta = batch.settings, here(batch)
    g, old = gradient_of_surrogate(batch), law(batch, theta)
    matrix = operators(batch)[0]
    x = torch.linalg.solve(matrix, g)
    whole = (2 * settings["max_kl"] / (x @ matrix @ x)).sqrt() * x
    for j in range(int(settings["backtracks"])):
        step = settings["backtrack_coeff"] ** j * whole
        near = kl_divergence(old, law(batch, theta + step)).mean() <= settings["max_kl"]
        if near and _surrogate(batch, theta + step) > _surrogate(batch, theta):
            return step
    return torch.zeros_like(whole)


def due_of(words: set[str], batch: HandBatch) -> Tensor:
    """What is due of a function that asks for these words."""
    if "vector" in words:
        return (operators(batch)[0] if "damping" in words else fisher(batch)).flatten()
    if "operator" in words:
        return gradient_of_surrogate(batch).repeat(2)
    return right_step(batch)


def found_of(words: set[str], batch: HandBatch, call: Callable[[], Any]) -> Tensor:
    """What a function gives: all columns, images of both solutions, or how far the policy moved."""
    if "vector" in words:
        columns = []
        for unit in torch.eye(len(here(batch))).double():
            batch.arrays["vector"] = unit
            columns.append(call())
        return torch.stack(columns).T.flatten()
    if "operator" in words:
        batch.arrays["rhs"] = gradient_of_surrogate(batch)
        images = []
        for matrix in operators(batch):
            batch.operator = matrix.matmul
            images.append(matrix @ call())
        return torch.cat(images)
    return _moved(batch, call)


def _moved(batch: HandBatch, call: Callable[[], Any]) -> Tensor:
    before = here(batch)
    output = call()
    after = here(batch)
    vector_to_parameters(before.clone(), batch.policy.parameters())
    if torch.equal(after, before) and isinstance(output, Tensor):
        after = output.detach()
    if torch.equal(after, before) and isinstance(output, dict):
        after = parameters_to_vector(list(output.values()))
    return after - before
