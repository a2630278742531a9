"""Where TorchRL departs from its own documentation, on the smallest batches that show it.

These hold what the adapters' docstrings say of the tested versions: a test that fails after an
upgrade means that the library has been mended, and the table's expectation with it.
"""

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, kl_divergence

from rlcheck.adapters import ADAPTERS
from tests.requirements import require
from tests.unit.adapters.batches import (
    Softmax,
    formula,
    gradient,
    make_batch,
    relative_error,
    value_words,
)


class OneState(nn.Module):
    """Two actions, one observation, one parameter: pi(1) = sigmoid(theta)."""

    def __init__(self, theta: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor(theta, dtype=torch.float64))

    def forward(self, obs: Tensor) -> Categorical:
        logits = torch.stack([torch.zeros_like(self.theta), self.theta])
        return Categorical(logits=logits.expand(*obs.shape[:-1], 2))


@pytest.mark.parametrize(("theta", "factor"), [(2.0, 2.0), (0.05, 0.5), (0.28, 1.0)])
def test_the_kl_terms_gradient_is_scaled_by_the_next_beta(theta: float, factor: float) -> None:
    """One observation, advantage zero: only the penalty has a gradient."""
    require("torchrl")
    policy, policy_old = OneState(theta), OneState(0.0)
    obs, zero = torch.ones(1, 1, 1, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    kl = kl_divergence(policy_old(obs), policy(obs)).mean()
    loss = ADAPTERS["torchrl:kl-pen-ppo"].load()(
        policy=policy,
        policy_old=policy_old,
        obs=obs,
        actions=torch.zeros(1, 1, dtype=torch.int64),
        logp_old=zero - torch.log(torch.tensor(2.0)),
        advantages=zero,
        kl_coef=0.7,
    )
    assert loss.item() == pytest.approx(0.7 * kl.item(), rel=1e-12)
    found = torch.autograd.grad(loss, policy.theta)[0]
    wanted = torch.autograd.grad(0.7 * kl, policy.theta)[0]
    assert float(found / wanted) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("kind", ["discrete", "continuous"])
def test_the_penalised_loss_as_shipped_has_the_gradient_at_twice_beta(kind: str) -> None:
    require("torchrl")
    batch = make_batch(kind=kind, off_policy=True)
    words = {k: batch.words[k] for k in ("policy", "policy_old", "obs", "actions")}
    words |= {k: batch.words[k] for k in ("logp_old", "advantages", "kl_coef")}
    loss = ADAPTERS["torchrl:kl-pen-ppo"].load()(**words)
    found = gradient(loss, batch.parameters)
    as_claimed = gradient(formula("ppo-penalty", batch.words), batch.parameters)
    doubled = {**batch.words, "kl_coef": 2 * batch.words["kl_coef"]}
    assert relative_error(found, as_claimed) > 0.1
    at_twice = gradient(formula("ppo-penalty", doubled), batch.parameters)
    assert relative_error(found, at_twice) < 1e-12


@pytest.mark.parametrize("name", ["torchrl:vec-gae", "torchrl:vec-td-lambda"])
@pytest.mark.parametrize("setting", ["gamma", "gae_lambda"])
def test_the_vectorised_estimators_fail_where_their_discount_is_zero(
    name: str, setting: str
) -> None:
    require("torchrl")
    words = value_words() | {setting: 0.0}
    keys = ("rewards", "values", "next_values", "terminated", "truncated", "gamma", "gae_lambda")
    with pytest.raises(IndexError):
        ADAPTERS[name].load()(**{key: words[key] for key in keys})


def test_the_vectorised_estimator_drops_small_weights() -> None:
    require("torchrl")
    words = value_words(truncation=False) | {"gamma": 0.9, "gae_lambda": 1e-3}
    words["terminated"] = torch.zeros_like(words["terminated"])
    keys = ("rewards", "values", "next_values", "terminated", "truncated", "gamma", "gae_lambda")
    batch = {key: words[key] for key in keys}
    looped, _ = ADAPTERS["torchrl:gae"].load()(**batch)
    vectorised, _ = ADAPTERS["torchrl:vec-gae"].load()(**batch)
    error = float((looped - vectorised).norm() / looped.norm())
    assert 1e-9 < error < 1e-5


@pytest.mark.parametrize("functional", [False, True])
def test_a_functional_module_has_the_same_gradient(functional: bool) -> None:
    """The adapters turn `functional` off; TorchRL's default copies the modules."""
    require("torchrl")
    from torchrl.objectives import ClipPPOLoss

    from rlcheck.adapters.surroundings import double_precision
    from rlcheck.adapters.torchrl import modules

    batch = make_batch(kind="discrete", off_policy=True)
    words = batch.words
    assert isinstance(words["policy"], Softmax)
    with double_precision():
        loss = ClipPPOLoss(
            modules.make_actor(words["policy"], "discrete"),
            modules.make_critic(words["value_fn"]),
            clip_epsilon=0.2,
            critic_coeff=0.6,
            entropy_coeff=0.03,
            loss_critic_type="l2",
            functional=functional,
        )
        data = modules.make_batch(
            words["obs"],
            words["actions"],
            action_log_prob=words["logp_old"],
            advantage=words["advantages"],
            value_target=words["returns"],
        )
        found = gradient(modules.total(loss(data)), batch.parameters)
    wanted = gradient(formula("ppo-loss", words), batch.parameters)
    assert relative_error(found, wanted) < 1e-12
