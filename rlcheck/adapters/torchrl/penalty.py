"""TorchRL's PPO with a KL penalty, as shipped and with its coefficient held fixed."""

from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.distributions import Independent, Normal

from rlcheck.adapters.surroundings import double_precision
from rlcheck.adapters.torchrl.modules import (
    PARAMETERS,
    distribution_parameters,
    kind_of,
    make_actor,
    make_batch,
    total,
)


def kl_pen_ppo(
    policy: nn.Module,
    policy_old: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    kl_coef: float,
) -> Float[Tensor, ""]:
    """`KLPENPPOLoss` as shipped, critic and entropy off.

    -mean(r A) + beta mean KL(pi_old || pi), of which the *value* is right and the gradient is not:
    `forward` multiplies the buffer `beta` in place (`self.beta.data *= ...`) after autograd has
    kept it for the backward pass, and `.data` hides that from autograd's check. The KL term's
    gradient is therefore 2 beta where the mean KL exceeds 1.5 dtarg, and beta / 2 where it is
    below dtarg / 1.5 (dtarg = 0.01 by default). At pi = pi_old that gradient is zero anyway.

    Source: TorchRL, `objectives/ppo.py`, `KLPENPPOLoss.forward`.
    """
    return _penalised(policy, policy_old, obs, actions, logp_old, advantages, beta=kl_coef)


def kl_pen_ppo_fixed(
    policy: nn.Module,
    policy_old: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    kl_coef: float,
) -> Float[Tensor, ""]:
    """`KLPENPPOLoss` whose beta stays (`increment = decrement = 1`), critic and entropy off.

    -mean(r A) + kl_coef mean KL(pi_old || pi)

    Source: TorchRL, `objectives/ppo.py`, `KLPENPPOLoss`.
    """
    return _penalised(
        policy,
        policy_old,
        obs,
        actions,
        logp_old,
        advantages,
        beta=kl_coef,
        increment=1.0,
        decrement=1.0,
    )


def adaptive_kl(kl_coef: float, kl: float, kl_target: float) -> Float[Tensor, ""]:
    """The beta that `KLPENPPOLoss` has after a forward pass in which the mean KL was `kl`.

    beta / 2 where kl < kl_target / 1.5, 2 beta where kl > 1.5 kl_target, else beta.
    The KL is made by two unit normals whose means are sqrt(2 kl) apart.

    Source: TorchRL, `objectives/ppo.py`, `KLPENPPOLoss.forward`.
    """
    from torchrl.objectives import KLPENPPOLoss

    with double_precision(), torch.no_grad():
        zero, apart = torch.zeros(1, 1, 1), torch.full((1, 1, 1), (2 * kl) ** 0.5)
        loss = KLPENPPOLoss(
            make_actor(_UnitNormal(), "continuous"), None, beta=kl_coef, dtarg=kl_target, **_OFF
        )
        columns = {"action_log_prob": zero[..., 0], "advantage": zero[..., 0]}
        loss(make_batch(zero, zero, loc=apart, scale=torch.ones_like(zero), **columns))
        return torch.as_tensor(loss.beta).clone()


class _UnitNormal(nn.Module):
    """obs -> N(obs, 1)."""

    def forward(self, obs: Tensor) -> Independent:
        return Independent(Normal(obs, torch.ones_like(obs)), 1)


_OFF: dict[str, Any] = {"entropy_bonus": False, "functional": False}


def _penalised(
    policy: nn.Module,
    policy_old: nn.Module,
    obs: Tensor,
    actions: Tensor,
    logp_old: Tensor,
    advantages: Tensor,
    **settings: float,
) -> Tensor:
    from torchrl.objectives import KLPENPPOLoss

    kind = kind_of(actions)
    with torch.no_grad():
        old = dict(zip(PARAMETERS[kind], distribution_parameters(policy_old(obs)), strict=True))
    with double_precision():
        loss = KLPENPPOLoss(make_actor(policy, kind), None, **settings, **_OFF)
        columns = {"action_log_prob": logp_old, "advantage": advantages, **old}
        return total(loss(make_batch(obs, actions, **columns)))
