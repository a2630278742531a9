"""Normal laws squashed into a box: densities, slopes, entropy, divergence, updates."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.distributions import (
    AffineTransform,
    Independent,
    Normal,
    TanhTransform,
    TransformedDistribution,
)
from torch.nn.utils import parameters_to_vector

from rlcheck.algorithms import ppo, trpo
from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.experience import Experience
from rlcheck.algorithms.networks import make_networks
from rlcheck.algorithms.squashed import SquashedActorCritic, log_slope, squash
from rlcheck.errors import InvalidArgument
from tests.unit.algorithms.action_kinds import OBS, PPO, scattered

LOW, HIGH = [-2.0, 0.0], [1.0, 5.0]
SQUASHED = Actions(kind="squashed", size=2, low=np.array(LOW), high=np.array(HIGH))


def box(seed=0):
    return scattered(make_networks(3, SQUASHED, seed, width=6).double())


def reference(networks, obs):
    """PyTorch's own, from the same mean and deviation."""
    normal = Normal(networks.actor_mean(obs), networks.actor_logstd.exp())
    low, high = (torch.tensor(b, dtype=torch.float64) for b in (LOW, HIGH))
    maps = [TanhTransform(cache_size=1), AffineTransform((low + high) / 2, (high - low) / 2)]
    return Independent(TransformedDistribution(normal, maps), 1)


def test_log_pi_is_pytorch_s():
    networks = box()
    u = torch.randn(2, 2, dtype=torch.float64)
    law = reference(networks, OBS)
    actions = squash(u, networks.low, networks.high)
    assert torch.allclose(networks.evaluate(OBS, u).logp, law.log_prob(actions), atol=1e-9)


def test_the_density_integrates_to_one():
    """Over the box, by the trapezium rule in u: dens(a) da/du, whose tails vanish."""
    networks = box()
    grid = torch.linspace(-14, 14, 201, dtype=torch.float64)
    u = torch.cartesian_prod(grid, grid)
    dens = networks.evaluate(OBS[:1].expand(len(u), -1), u).logp.detach().exp()
    scale = ((networks.high - networks.low) / 2).prod()
    slope = (1 - torch.tanh(u) ** 2).prod(-1) * scale
    assert abs(float((dens * slope).sum() * (grid[1] - grid[0]) ** 2) - 1) < 1e-9


def test_the_slope_is_right_where_it_is_small():
    u = torch.linspace(-4, 4, 33, dtype=torch.float64)
    assert torch.allclose(log_slope(u), (1 - torch.tanh(u) ** 2).log(), rtol=1e-11, atol=1e-12)
    far = torch.tensor([-60.0, 60.0])
    assert torch.allclose(log_slope(far), 2 * (torch.tensor(2.0).log() - 60))


def test_an_action_in_saturation_keeps_its_score():
    networks = box()
    u = torch.full((1, 2), 12.0, dtype=torch.float64, requires_grad=True)
    assert bool(torch.isfinite(networks.evaluate(OBS[:1], u).logp).all())
    as_float = squash(u.float(), networks.low.float(), networks.high.float())
    assert torch.equal(as_float.detach(), torch.tensor([HIGH]))


@pytest.mark.parametrize(("std", "error"), [(0.3, 1e-7), (1.0, 1e-7), (2.0, 2e-4), (5.0, 3e-2)])
def test_the_entropy_is_the_mean_of_minus_log_pi(std, error):
    """By the trapezium rule in u, on a grid of its own."""
    networks = box()
    with torch.no_grad():
        networks.actor_logstd.fill_(np.log(std))
        mean = networks.actor_mean(OBS[:1])[0]
        z = torch.linspace(-11, 11, 4001, dtype=torch.float64)
        weight = torch.exp(-(z**2) / 2) / torch.exp(-(z**2) / 2).sum()
        due = 0.0
        for d in range(2):
            log_normal = -(z**2) / 2 - np.log(std) - 0.5 * np.log(2 * np.pi)
            half = float(networks.high[d] - networks.low[d]) / 2
            due -= float(weight @ (log_normal - log_slope(mean[d] + std * z) - np.log(half)))
        found = networks.evaluate(OBS[:1], mean[None]).entropy
    assert abs(float(found) - due) < 2 * error


def test_gradients_are_slopes():
    networks = box()
    u = torch.randn(2, 2, dtype=torch.float64)
    parameters = [p for n, p in networks.named_parameters() if not n.startswith("critic")]
    direction = [torch.randn_like(p) for p in parameters]

    def value(step):
        with torch.no_grad():
            for p, d in zip(parameters, direction, strict=True):
                p.add_(step * d)
            found = networks.evaluate(OBS, u)
            for p, d in zip(parameters, direction, strict=True):
                p.sub_(step * d)
        return found.logp.sum() + found.entropy.sum()

    found = networks.evaluate(OBS, u)
    slopes = torch.autograd.grad(found.logp.sum() + found.entropy.sum(), parameters)
    due = sum(float((g * d).sum()) for g, d in zip(slopes, direction, strict=True))
    h = 1e-5
    assert float((value(h) - value(-h)) / (2 * h)) == pytest.approx(due, rel=1e-7)


def test_the_divergence_is_that_of_the_normals():
    """One map behind both: by the density ratio over a grid of actions."""
    networks, other = box(), box()
    scattered(other)
    grid = torch.linspace(-12, 12, 201, dtype=torch.float64)
    u = torch.cartesian_prod(grid, grid)
    old, new = (n.evaluate(OBS[:1].expand(len(u), -1), u).logp.detach() for n in (networks, other))
    slope = log_slope(u).sum(-1) + ((networks.high - networks.low) / 2).log().sum()
    due = ((old + slope).exp() * (old - new)).sum() * (grid[1] - grid[0]) ** 2
    found = other.divergence(OBS[:1], networks.described(OBS[:1]))
    assert float(found.detach()) == pytest.approx(float(due), rel=1e-6)


@pytest.mark.parametrize(
    ("module", "settings"),
    [
        (ppo, replace(PPO, ent_coef=0.0, epochs=3)),
        (trpo, trpo.TRPO(critic_epochs=2, minibatch=7)),
    ],
    ids=["ppo", "trpo"],
)
def test_its_update_is_that_of_the_normal_law_of_u(module, settings):
    """The normal law's update is verified by the claim: without entropy this one is the same."""
    plain = make_networks(3, Actions(kind="continuous", size=2), 0, width=6).double()
    squashed = make_networks(3, SQUASHED, 0, width=6).double()
    squashed.load_state_dict({**squashed.state_dict(), **plain.state_dict()})
    obs, u = torch.randn(20, 3, dtype=torch.float64), torch.randn(20, 2, dtype=torch.float64)
    before = parameters_to_vector(plain.parameters()).detach().clone()
    for networks in (plain, squashed):
        with torch.no_grad():
            old = networks.evaluate(obs, u)
        experience = Experience(
            obs=obs, actions=u, logp_old=old.logp + 0.1 * u[:, 0], values_old=old.values,
            advantages=u[:, 1], returns=u[:, 0],
        )  # fmt: skip
        learner = module.Learner(
            networks=networks, settings=settings, generator=torch.Generator().manual_seed(0)
        )
        learner.update(experience)
    assert not torch.allclose(before, parameters_to_vector(plain.parameters()))
    for one, other in zip(plain.parameters(), squashed.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("bounds", [([-1.0], [np.inf]), ([1.0], [1.0])])
def test_no_box_to_squash_into_is_refused(bounds):
    with pytest.raises(InvalidArgument, match="no box"):
        SquashedActorCritic(3, *bounds)
