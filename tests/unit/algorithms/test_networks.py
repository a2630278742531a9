"""Log-probabilities, entropies and divergences against torch's own distributions; noise by law."""

import pytest
import torch
from torch.distributions import Categorical, Independent, Normal, kl_divergence

from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.networks import make_networks

KINDS = {
    "discrete": Actions(kind="discrete", size=3),
    "continuous": Actions(kind="continuous", size=2),
}


def networks(kind, seed=0):
    made = make_networks(4, KINDS[kind], seed).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made


def distribution(made, obs):
    if hasattr(made, "actor"):
        return Categorical(logits=made.actor(obs))
    mean = made.actor_mean(obs)
    return Independent(Normal(mean, made.actor_logstd.exp().expand_as(mean)), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_torch_says(kind):
    made, other = networks(kind), networks(kind, 1)
    obs = torch.randn(5, 3, 4, dtype=torch.float64)
    theirs = distribution(made, obs)
    actions = theirs.sample()
    found = made.evaluate(obs, actions)
    assert torch.allclose(found.logp, theirs.log_prob(actions), atol=1e-12)
    assert torch.allclose(found.entropy, theirs.entropy(), atol=1e-12)
    assert torch.equal(found.values, made.get_value(obs).squeeze(-1))
    due = kl_divergence(distribution(other, obs), theirs)
    assert torch.allclose(made.divergence(obs, other.described(obs)), due, atol=1e-12)
    assert torch.allclose(made.get_action_and_value(obs, actions)[1], found.logp)


@pytest.mark.parametrize(
    "actions",
    [
        *KINDS.values(),
        Actions(kind="multi-discrete", size=2, choices=(3, 2)),
        Actions(kind="squashed", size=2, low=[-1.0, -3.0], high=[1.0, 2.0]),
    ],
    ids=lambda actions: actions.kind,
)
def test_a_ratio_at_the_old_policy_is_one(actions):
    """Whichever of two ways a log-probability is had: TRPO takes the old one by the first."""
    made = make_networks(4, actions, 0).double()
    obs = torch.randn(6, 4, dtype=torch.float64)
    with torch.no_grad():
        taken = made.act(obs, made.noise((6,), torch.Generator().manual_seed(0)).double())
        first = made.evaluate(obs, taken).logp
        second = made.log_prob(made.described(obs), taken)
    assert torch.allclose(first, second, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_gives_actions_of_the_policy_s_law(kind):
    made, size = networks(kind), 40_000
    obs = torch.randn(1, 4, dtype=torch.float64).expand(size, 4)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        actions = made.act(obs, made.noise((size,), generator).double())
        theirs = distribution(made, obs[:1])
    if kind == "discrete":
        found, due = torch.bincount(actions, minlength=3) / size, theirs.probs[0]
        spread = (due * (1 - due) / size).sqrt()
    else:
        found, due = actions.mean(0), theirs.mean[0]
        spread = theirs.stddev[0] / size**0.5
    # Chebyshev at 30 deviations: one in 900 for any law; the seed is fixed.
    assert ((found - due).abs() <= 30 * spread).all()
    assert ((found - due).abs() > 0).any()


def test_the_seed_alone_decides_the_weights():
    one, other = (make_networks(4, KINDS["discrete"], seed=3) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    before = torch.random.get_rng_state()
    make_networks(4, KINDS["discrete"], seed=4)
    assert torch.equal(before, torch.random.get_rng_state())
