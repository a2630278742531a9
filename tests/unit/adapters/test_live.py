"""Live objects: the gradient of the object's own call, in the object's own parameters."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from rlcheck.adapters import from_live, is_live
from rlcheck.adapters.live import Live
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.binding import bind
from tests.requirements import require
from tests.unit.adapters.batches import caught, formula, gradient, relative_error

T, N = 3, 4
SINGLE = 1e-5  # the objects compute in float32


def words_for(live: Live, seed: int = 0) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(seed)
    obs = torch.randn(T, N, live.obs_dim, generator=generator)
    with torch.no_grad():
        actions = live.policy(obs).sample()
        noise = 0.4 * torch.randn(T, N, generator=generator)
        logp_old = live.logp(obs, actions) + noise
    names = ("values_old", "advantages", "returns")
    arrays = dict(zip(names, torch.randn(3, T, N, generator=generator), strict=True))
    words = {"policy": live.policy, "value_fn": live.value_fn, "obs": obs, "actions": actions}
    return {"clip_eps": 0.2, **words, "logp_old": logp_old, **arrays, **live.settings}


def found_by(live: Live, words: dict[str, Any]) -> dict[str, torch.Tensor]:
    asked = {name: words[word] for name, word in bind(live.call).items()}
    parameters = dict(live.parameters)
    if live.kind == "update":
        return caught(lambda: live.call(**asked), parameters)
    loss = live.call(**asked)
    assert loss is not None
    return gradient(loss, parameters)


def check(live: Live) -> None:
    words = words_for(live)
    wanted = gradient(formula(live.claim, words), dict(live.parameters))
    assert relative_error(found_by(live, words), wanted) < SINGLE


def sb3_model(name: str, env: str, **settings: Any) -> Any:
    stable_baselines3 = require("sb3")
    small = {"net_arch": [8]}
    return getattr(stable_baselines3, name)(
        "MlpPolicy", env, policy_kwargs=small, device="cpu", seed=0, **settings
    )


@pytest.mark.parametrize("env", ["CartPole-v1", "Pendulum-v1"])
@pytest.mark.parametrize("name", ["PPO", "A2C"])
def test_a_stable_baselines3_model(name: str, env: str) -> None:
    model = sb3_model(name, env, normalize_advantage=False, ent_coef=0.02)
    assert is_live(model)
    live = from_live(model)
    assert live.obs_dim == model.observation_space.shape[0]
    assert live.action.kind == ("discrete" if env == "CartPole-v1" else "continuous")
    check(live)


def test_a_stable_baselines3_model_is_left_as_it_was() -> None:
    model = sb3_model("PPO", "CartPole-v1", n_steps=8, batch_size=8)
    model.learn(16)
    live = from_live(model)
    assert live.conventions == ("advantages whitened",)
    kept = ("n_epochs", "batch_size", "max_grad_norm", "target_kl", "rollout_buffer", "_n_updates")
    before = {name: getattr(model, name) for name in kept}
    optimizer = copy.deepcopy(model.policy.optimizer.state_dict())
    found_by(live, words_for(live))
    assert all(getattr(model, name) is before[name] for name in kept)
    _assert_same(model.policy.optimizer.state_dict(), optimizer)
    model.learn(16)


def test_a_model_of_another_kind_is_refused() -> None:
    model = sb3_model("DQN", "CartPole-v1", buffer_size=10)
    with pytest.raises(InvalidArgument, match="not an on-policy model"):
        from_live(model)


def torchrl_loss(name: str, one_hot: bool = False, **settings: Any) -> Any:
    require("torchrl")
    import torchrl.objectives
    from tensordict.nn import TensorDictModule
    from torchrl.modules import OneHotCategorical, ProbabilisticActor, ValueOperator

    torch.manual_seed(0)
    actor = ProbabilisticActor(
        TensorDictModule(nn.Linear(3, 4), in_keys=["observation"], out_keys=["logits"]),
        in_keys=["logits"],
        distribution_class=OneHotCategorical if one_hot else torch.distributions.Categorical,
        return_log_prob=True,
    )
    critic = ValueOperator(nn.Linear(3, 1), in_keys=["observation"])
    return getattr(torchrl.objectives, name)(actor, critic, **settings)


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize("name", ["ClipPPOLoss", "PPOLoss", "A2CLoss", "ReinforceLoss"])
def test_a_torchrl_loss_module(name: str, one_hot: bool) -> None:
    live = from_live(torchrl_loss(name, one_hot, loss_critic_type="l2"))
    assert (live.obs_dim, live.action.size) == (3, 4)
    assert live.conventions == ()
    check(live)


def test_torchrls_default_critic_distance_is_listed() -> None:
    live = from_live(torchrl_loss("ClipPPOLoss", normalize_advantage=True))
    assert live.conventions == ("advantages whitened", "critic distance smooth_l1")


def test_a_torchrl_module_without_a_claim_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="no claim is known"):
        from_live(torchrl_loss("KLPENPPOLoss"))


def tianshou_algorithm(name: str, kind: str) -> Any:
    require("tianshou")
    import tianshou.algorithm
    from gymnasium import spaces
    from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.utils.net.common import Net
    from tianshou.utils.net.continuous import ContinuousActorProbabilistic, ContinuousCritic
    from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic
    from torch.distributions import Categorical, Distribution, Independent, Normal

    def normal(outputs: Any) -> Distribution:
        return Independent(Normal(*outputs), 1)

    torch.manual_seed(0)
    net = Net(state_shape=3, hidden_sizes=[8])
    value_net = Net(state_shape=3, hidden_sizes=[8])
    discrete = kind == "discrete"
    dist_fn: Callable[..., Distribution] = (
        (lambda logits: Categorical(logits=logits)) if discrete else normal
    )
    policy = ProbabilisticActorPolicy(
        actor=DiscreteActor(preprocess_net=net, action_shape=4, softmax_output=False)
        if discrete
        else ContinuousActorProbabilistic(preprocess_net=net, action_shape=2, unbounded=True),
        dist_fn=dist_fn,
        action_space=spaces.Discrete(4) if discrete else spaces.Box(-1.0, 1.0, (2,)),
        action_scaling=False,
        action_bound_method=None,
    )
    critic = DiscreteCritic if discrete else ContinuousCritic
    whiten = {"advantage_normalization": False} if name == "PPO" else {}
    return getattr(tianshou.algorithm, name)(
        policy=policy,
        critic=critic(preprocess_net=value_net),
        optim=AdamOptimizerFactory(lr=1e-3),
        max_grad_norm=1e-3,
        **whiten,
    )


@pytest.mark.parametrize("kind", ["discrete", "continuous"])
@pytest.mark.parametrize("name", ["PPO", "A2C"])
def test_a_tianshou_algorithm(name: str, kind: str) -> None:
    algorithm = tianshou_algorithm(name, kind)
    live = from_live(algorithm)
    assert (live.obs_dim, live.action.kind) == (3, kind)
    before = copy.deepcopy(algorithm.optim.state_dict())
    check(live)
    _assert_same(algorithm.optim.state_dict(), before)
    assert algorithm.optim._max_grad_norm == 1e-3


def _assert_same(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            _assert_same(one[key], other[key])
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, list):
        for left, right in zip(one, other, strict=True):
            _assert_same(left, right)
    else:
        assert one == other
