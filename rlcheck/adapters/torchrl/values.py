"""TorchRL's value functionals: GAE and TD(lambda), each as a loop and vectorised, and TD(1)."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.adapters.surroundings import double_precision


def gae(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
    gae_lambda: float,
) -> tuple[Float[Tensor, "T N"], Float[Tensor, "T N"]]:
    """`generalized_advantage_estimate`: advantages, and advantages + values.

    delta_t = r_t + gamma (1 - terminated_t) V'_t - V_t,
    A_t = delta_t + gamma lambda (1 - done_t) A_{t+1}, done = terminated or truncated

    Source: TorchRL, `objectives/value/functional.py`.
    """
    from torchrl.objectives.value.functional import generalized_advantage_estimate as estimate

    batch = (values, next_values, rewards, terminated, truncated)
    advantages, targets = _call(estimate, (gamma, gae_lambda), *batch)
    return _outwards(advantages), _outwards(targets)


def vec_gae(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
    gae_lambda: float,
) -> tuple[Float[Tensor, "T N"], Float[Tensor, "T N"]]:
    """`vec_generalized_advantage_estimate`: the same sum, by a convolution.

    Its filter keeps floor(log 1e-7 / log(gamma lambda)) weights: what is left out is of
    relative size up to 1e-7 / (gamma lambda). It raises `IndexError` where gamma lambda is 0
    (a filter without its second axis) or below 1e-7 (an empty one): lambda = 0 is TD(0).

    Source: TorchRL, `objectives/value/functional.py`, `_fast_vec_gae`, `_geom_series_like`.
    """
    from torchrl.objectives.value.functional import vec_generalized_advantage_estimate as estimate

    batch = (values, next_values, rewards, terminated, truncated)
    advantages, targets = _call(estimate, (gamma, gae_lambda), *batch)
    return _outwards(advantages), _outwards(targets)


def td_lambda(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
    gae_lambda: float,
) -> Float[Tensor, "T N"]:
    """`td_lambda_advantage_estimate`: the lambda-return less V, which is GAE written otherwise.

    G_t = r_t + gamma (1 - terminated_t) ((1 - lambda) V'_t + lambda (done_t ? V'_t : G_{t+1})),
    A_t = G_t - V_t. Equal to GAE where V'_t = V_{t+1} inside an episode.

    Source: TorchRL, `objectives/value/functional.py`.
    """
    from torchrl.objectives.value.functional import td_lambda_advantage_estimate as estimate

    batch = (values, next_values, rewards, terminated, truncated)
    return _outwards(_call(estimate, (gamma, gae_lambda), *batch))


def vec_td_lambda(
    rewards: Float[Tensor, "T N"],
    values: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
    gae_lambda: float,
) -> Float[Tensor, "T N"]:
    """`vec_td_lambda_advantage_estimate`: as `td_lambda`, by a convolution as in `vec_gae`.

    Source: TorchRL, `objectives/value/functional.py`, `_fast_td_lambda_return_estimate`.
    """
    from torchrl.objectives.value.functional import vec_td_lambda_advantage_estimate as estimate

    batch = (values, next_values, rewards, terminated, truncated)
    return _outwards(_call(estimate, (gamma, gae_lambda), *batch))


def td1_returns(
    rewards: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
) -> Float[Tensor, "T N"]:
    """`td1_return_estimate`: discounted reward-to-go with bootstrapping where it was cut.

    G_t = r_t + gamma (0 if terminated_t; V'_t if truncated_t or t is last; else G_{t+1})

    Source: TorchRL, `objectives/value/functional.py`.
    """
    from torchrl.objectives.value.functional import td1_return_estimate as estimate

    return _outwards(_call(estimate, (gamma,), next_values, rewards, terminated, truncated))


def vec_td1_returns(
    rewards: Float[Tensor, "T N"],
    next_values: Float[Tensor, "T N"],
    terminated: Bool[Tensor, "T N"],
    truncated: Bool[Tensor, "T N"],
    gamma: float,
) -> Float[Tensor, "T N"]:
    """`vec_td1_return_estimate`: as `td1_returns`, by a convolution as in `vec_gae`.

    Source: TorchRL, `objectives/value/functional.py`.
    """
    from torchrl.objectives.value.functional import vec_td1_return_estimate as estimate

    return _outwards(_call(estimate, (gamma,), next_values, rewards, terminated, truncated))


def _call(estimate: Callable[..., Any], settings: tuple[float, ...], *batch: Tensor) -> Any:
    """Calls with [N, T, 1] for [T, N].

    The last two of a batch, terminated and truncated, go in as done and terminated.
    """
    *numbers, terminated, truncated = batch
    inwards = (*numbers, terminated | truncated, terminated)
    with double_precision():
        return estimate(*settings, *(x.detach().T.unsqueeze(-1) for x in inwards))


def _outwards(found: Tensor) -> Tensor:
    return found.squeeze(-1).T
