"""Tianshou's PPO, A2C and TRPO, each making one full-batch update on given advantages."""

from typing import Any

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from rlcheck.adapters.surroundings import own_randomness


def ppo(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    values_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    clip_eps: float,
    vf_coef: float,
    ent_coef: float,
) -> None:
    """One step of `PPO` over the whole batch; the gradient is that at `optimizer.step`.

    -mean(min(r A, clip(r, 1-eps, 1+eps) A)) + vf_coef mean((R - V)^2) - ent_coef mean(H)

    The ratio is float32 inside, whatever the networks are.
    Source: Tianshou, `algorithm/modelfree/ppo.py`, `PPO._update_with_batch`.
    """
    from tianshou.algorithm.modelfree.ppo import PPO

    algorithm = PPO(
        **_parts(policy, value_fn, actions),
        eps_clip=clip_eps,
        dual_clip=None,
        value_clip=False,
        advantage_normalization=False,
        vf_coef=vf_coef,
        ent_coef=ent_coef,
    )
    columns = {"logp_old": logp_old, "v_s": values_old, "adv": advantages, "returns": returns}
    update_once(algorithm, obs, actions, columns)


def a2c(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    ent_coef: float,
) -> None:
    """One step of `A2C` over the whole batch; the gradient is that at `optimizer.step`.

    -mean(log pi(a|s) A) + vf_coef mean((R - V)^2) - ent_coef mean(H)

    Source: Tianshou, `algorithm/modelfree/a2c.py`, `A2C._update_with_batch`.
    """
    from tianshou.algorithm.modelfree.a2c import A2C

    algorithm = A2C(**_parts(policy, value_fn, actions), vf_coef=vf_coef, ent_coef=ent_coef)
    update_once(algorithm, obs, actions, {"adv": advantages, "returns": returns})


def trpo(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    max_kl: float,
    backtrack_coeff: float,
    backtracks: int,
) -> None:
    """One step of `TRPO` over the whole batch; what it does is where it leaves the policy.

    Damping is 0.1 and the cap of conjugate gradients 10, in its code. The critic, which is fitted
    afterwards, sees the batch once.

    Source: Tianshou, `algorithm/modelfree/trpo.py`, `TRPO._update_with_batch`.
    """
    from tianshou.algorithm.modelfree.trpo import TRPO

    algorithm = TRPO(
        **_networks(policy, value_fn, actions),
        max_kl=max_kl,
        backtrack_coeff=backtrack_coeff,
        max_backtracks=backtracks,
        optim_critic_iters=1,
        advantage_normalization=False,
    )
    columns = {"logp_old": logp_old, "adv": advantages, "returns": returns}
    update_once(algorithm, obs, actions, columns)


class PassThrough(nn.Module):
    """A policy in the shape of Tianshou's actor; `dist_fn` then has nothing left to build."""

    def __init__(self, policy: nn.Module) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, obs: Tensor, state: Any = None, info: Any = None) -> tuple[Any, Any]:
        """The distribution in place of its parameters, and the state untouched."""
        return self.policy(obs), state


def update_once(algorithm: Any, obs: Tensor, actions: Tensor, columns: dict[str, Tensor]) -> None:
    """Runs the algorithm's step on a batch [T, N, ...], flattened as Tianshou has it: [B, ...]."""
    from tianshou.data import Batch
    from tianshou.utils.torch_utils import policy_within_training_step, torch_train_mode

    rows = {"obs": obs, "act": actions, **columns}
    batch = Batch({name: row.detach().flatten(0, 1) for name, row in rows.items()}, info=Batch())
    training = torch_train_mode(algorithm)
    with own_randomness(obs.device), policy_within_training_step(algorithm.policy), training:
        algorithm._update_with_batch(batch, batch_size=None, repeat=1)


def _parts(policy: nn.Module, value_fn: nn.Module, actions: Tensor) -> dict[str, Any]:
    """The arguments that PPO and A2C share."""
    return {**_networks(policy, value_fn, actions), "max_grad_norm": None}


def _networks(policy: nn.Module, value_fn: nn.Module, actions: Tensor) -> dict[str, Any]:
    """The arguments that all algorithms share: networks, spaces, plain descent of step one."""
    from gymnasium import spaces
    from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
    from tianshou.algorithm.optim import TorchOptimizerFactory

    if actions.is_floating_point():
        space = spaces.Box(-1e6, 1e6, shape=tuple(actions.shape[2:]))
    else:
        space = spaces.Discrete(int(actions.max()) + 1)
    actor = ProbabilisticActorPolicy(
        actor=PassThrough(policy),  # type: ignore[arg-type] - any module with its signature will do
        dist_fn=_as_it_is,
        action_space=space,
        action_scaling=False,
        action_bound_method=None,
    )
    optim = TorchOptimizerFactory(torch.optim.SGD, lr=1.0)
    return {"policy": actor, "critic": value_fn, "optim": optim}


def _as_it_is(distribution: Any) -> Any:
    return distribution
