"""TorchRL's PPO, A2C and REINFORCE losses as functions of a batch."""

from typing import Any

from jaxtyping import Float, Shaped
from torch import Tensor, nn

from rlcheck.adapters.surroundings import double_precision
from rlcheck.adapters.torchrl.modules import kind_of, make_actor, make_batch, make_critic, total


def clip_ppo(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    clip_eps: float,
    vf_coef: float,
    ent_coef: float,
) -> Float[Tensor, ""]:
    """`ClipPPOLoss`, its three entries summed, with `loss_critic_type="l2"`.

    -mean(min(r A, clip(r, 1-eps, 1+eps) A)) + vf_coef mean((V - R)^2) - ent_coef mean(H)

    Source: TorchRL, `objectives/ppo.py`, `ClipPPOLoss`.
    """
    from torchrl.objectives import ClipPPOLoss

    columns = {"action_log_prob": logp_old, "advantage": advantages, "value_target": returns}
    with double_precision():
        loss = ClipPPOLoss(
            make_actor(policy, kind_of(actions)),
            make_critic(value_fn),
            clip_epsilon=clip_eps,
            entropy_coeff=ent_coef,
            **critic_settings(vf_coef),
        )
        return total(loss(make_batch(obs, actions, **columns)))


def ppo(
    policy: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    logp_old: Float[Tensor, "T N"],
    advantages: Float[Tensor, "T N"],
) -> Float[Tensor, ""]:
    """`PPOLoss`, which does not clip: the policy's part alone.

    -mean(r A)

    Its critic and entropy terms are those of `ClipPPOLoss`, which inherits them: `clip_ppo`
    has them. Here they are off (`critic_network=None`, `entropy_bonus=False`).

    Source: TorchRL, `objectives/ppo.py`, `PPOLoss`.
    """
    from torchrl.objectives import PPOLoss

    with double_precision():
        loss = PPOLoss(
            make_actor(policy, kind_of(actions)), None, entropy_bonus=False, functional=False
        )
        batch = make_batch(obs, actions, action_log_prob=logp_old, advantage=advantages)
        return total(loss(batch))


def a2c(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
    vf_coef: float,
    ent_coef: float,
) -> Float[Tensor, ""]:
    """`A2CLoss`, its three entries summed, with `loss_critic_type="l2"`.

    -mean(log pi(a|s) A) + vf_coef mean((V - R)^2) - ent_coef mean(H)

    Source: TorchRL, `objectives/a2c.py`, `A2CLoss`.
    """
    from torchrl.objectives import A2CLoss

    with double_precision():
        loss = A2CLoss(
            make_actor(policy, kind_of(actions)),
            make_critic(value_fn),
            entropy_coeff=ent_coef,
            **critic_settings(vf_coef),
        )
        return total(loss(make_batch(obs, actions, advantage=advantages, value_target=returns)))


def reinforce(
    policy: nn.Module,
    value_fn: nn.Module,
    obs: Float[Tensor, "T N *O"],
    actions: Shaped[Tensor, "T N *D"],
    advantages: Float[Tensor, "T N"],
    returns: Float[Tensor, "T N"],
) -> Float[Tensor, ""]:
    """`ReinforceLoss`: with advantages given it is an A2C loss whose coefficients are fixed.

    -mean(log pi(a|s) A) + mean((V - R)^2)

    That is the claim `a2c-loss` at vf_coef 1 and ent_coef 0: the class has neither
    coefficient. It is a mean over steps without gamma^t, so it is not the claim `reinforce`.

    Source: TorchRL, `objectives/reinforce.py`, `ReinforceLoss`.
    """
    from torchrl.objectives import ReinforceLoss

    with double_precision():
        loss = ReinforceLoss(
            make_actor(policy, kind_of(actions)),
            make_critic(value_fn),
            loss_critic_type="l2",
            functional=False,
        )
        return total(loss(make_batch(obs, actions, advantage=advantages, value_target=returns)))


def critic_settings(vf_coef: float) -> dict[str, Any]:
    """The settings that make a loss module's critic term vf_coef * mean (V - R)^2.

    `functional=False`: the modules that were handed over are used themselves. By default
    TorchRL copies a module and calls the copy with the original's parameters; the tests hold
    both ways against each other.
    """
    return {"critic_coeff": vf_coef, "loss_critic_type": "l2", "functional": False}
