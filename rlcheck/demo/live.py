"""Live objects of outside libraries, small, with the settings that a user would give them."""

from typing import Any

_SEED = 0


def sb3_ppo() -> Any:
    """Stable-Baselines3's PPO as it comes: its advantages are whitened."""
    return _sb3("PPO")


def sb3_a2c() -> Any:
    """Stable-Baselines3's A2C as it comes."""
    return _sb3("A2C")


def sb3_contrib_trpo() -> Any:
    """sb3-contrib's TRPO as it comes: its advantages are whitened."""
    from sb3_contrib import TRPO

    small = {"net_arch": [8]}
    return TRPO("MlpPolicy", "CartPole-v1", policy_kwargs=small, device="cpu", seed=_SEED)


def _sb3(name: str) -> Any:
    import stable_baselines3

    model = getattr(stable_baselines3, name)
    small = {"net_arch": [8]}
    return model("MlpPolicy", "CartPole-v1", policy_kwargs=small, device="cpu", seed=_SEED)


def torchrl_clip_ppo() -> Any:
    """TorchRL's `ClipPPOLoss` over an actor and a critic of one layer each, with squared error."""
    import torch
    from tensordict.nn import TensorDictModule
    from torch import nn
    from torchrl.modules import ProbabilisticActor, ValueOperator
    from torchrl.objectives import ClipPPOLoss

    torch.manual_seed(_SEED)
    actor = ProbabilisticActor(
        TensorDictModule(nn.Linear(3, 4), in_keys=["observation"], out_keys=["logits"]),
        in_keys=["logits"],
        distribution_class=torch.distributions.Categorical,
        return_log_prob=True,
    )
    critic = ValueOperator(nn.Linear(3, 1), in_keys=["observation"])
    return ClipPPOLoss(actor, critic, loss_critic_type="l2")


def tianshou_ppo() -> Any:
    """Tianshou's PPO over small discrete networks, without its whitening."""
    from tianshou.algorithm.modelfree.ppo import PPO

    return _tianshou(PPO)


def tianshou_trpo() -> Any:
    """Tianshou's TRPO over the same."""
    from tianshou.algorithm.modelfree.trpo import TRPO

    return _tianshou(TRPO)


def _tianshou(algorithm: Any) -> Any:
    import torch
    from gymnasium import spaces
    from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.utils.net.common import Net
    from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic
    from torch.distributions import Categorical

    torch.manual_seed(_SEED)
    actor = DiscreteActor(
        preprocess_net=Net(state_shape=3, hidden_sizes=[8]), action_shape=4, softmax_output=False
    )
    policy = ProbabilisticActorPolicy(
        actor=actor,
        dist_fn=lambda logits: Categorical(logits=logits),
        action_space=spaces.Discrete(4),
        action_scaling=False,
        action_bound_method=None,
    )
    return algorithm(
        policy=policy,
        critic=DiscreteCritic(preprocess_net=Net(state_shape=3, hidden_sizes=[8])),
        optim=AdamOptimizerFactory(lr=1e-3),
        advantage_normalization=False,
    )
