"""The claims whose functions in `rlcheck.losses` and `rlcheck.steps` do more, or less."""

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from rlcheck import estimators, losses, steps


def value_loss(
    values_new: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    mask: Bool[Tensor, "T N"] | None = None,
) -> Float[Tensor, ""]:
    """The value loss with its clipping left off, which is a convention."""
    return losses.value_loss(values_new, returns, vf_coef, mask)


def trpo_step(
    policy: nn.Module,
    obs: Float[Tensor, "T N O"],
    actions: Shaped[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    logp_old: Float[Tensor, "T N"],
    max_kl: float,
    damping: float,
    cg_iterations: int,
    backtrack_coeff: float,
    backtracks: int,
) -> None:
    """TRPO's step of a discrete policy, out of the pieces in `rlcheck.steps`; moves the policy."""
    parameters = list(policy.parameters())
    with torch.no_grad():
        old = policy(obs).logits

    def measured() -> tuple[Tensor, Tensor]:
        now: Categorical = policy(obs)
        surrogate = -losses.cpi(now.log_prob(actions), logp_old, advantages)
        return surrogate, estimators.kl_categorical(old, now.logits).mean()

    surrogate, divergence = measured()
    product = steps.fisher_vector_product(divergence, parameters, damping=damping)
    slopes = torch.autograd.grad(surrogate, parameters, retain_graph=True)
    g = parameters_to_vector(slopes)
    move = steps.trust_region_step(g, product, max_kl, iterations=cg_iterations)
    before = parameters_to_vector(parameters).detach()

    @torch.no_grad()
    def try_at(part: float) -> tuple[float, float]:
        vector_to_parameters(before + part * move.step, parameters)
        there, near = measured()
        return float(there) - float(surrogate), float(near)

    found = steps.line_search(try_at, max_kl, shrink=backtrack_coeff, trials=backtracks)
    if not found.accepted:
        vector_to_parameters(before, parameters)
