"""Behaviour policies beside a network: their ratio is a function of the random numbers alone."""

import copy

import torch

from rlcheck.judges.chooser import seeded
from rlcheck.judges.tilt import TiltedPolicy, gaussian_of, no_tilt, tilted, tilted_in_one
from rlcheck.subjects import make_agent
from rlcheck.subjects.own import ActionSpec
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std
from tests.unit.judges.gaussian_agents import StateDependent

EPS = 0.25


def setting(count=2, near=False):
    own = make_agent(StateDependent, action=ActionSpec(kind="continuous", size=count))
    generator = torch.Generator().manual_seed(3)
    obs = torch.randn(200, own.obs_dim, generator=generator, dtype=torch.float64)
    z = torch.randn(200, count, generator=generator, dtype=torch.float64)
    return own, tilted(seeded(1), count, near), obs, z


def test_the_ratio_is_the_one_of_the_two_densities():
    own, tilt, obs, z = setting()
    mean, std = mean_and_std(TiltedPolicy(own, tilt)(obs))
    actions = mean + std * z
    due = gaussian_of(own, obs).log_prob(actions) - TiltedPolicy(own, tilt)(obs).log_prob(actions)
    torch.testing.assert_close(tilt.log_ratio(z), due.detach(), rtol=1e-12, atol=1e-12)


def test_every_region_is_reached_whatever_the_number_of_dimensions():
    for count in (1, 2, 6):
        _, tilt, _, z = setting(count)
        ratio = tilt.log_ratio(z).exp()
        for share in ((ratio < 1 - EPS), (ratio > 1 + EPS), ((ratio - 1).abs() < EPS)):
            assert share.double().mean() > 0.1


def test_no_ratio_is_left_on_a_kink():
    _, tilt, _, _ = setting(1)
    z = torch.linspace(-3, 3, 200_001, dtype=torch.float64)[:, None]
    ratio = tilt.log_ratio(z).exp()
    assert bool(((ratio - 1 - EPS).abs() < 1e-4).any())
    nudged = tilt.log_ratio(tilt.away_from_kinks(z, EPS)).exp()
    for end in (1 - EPS, 1 + EPS):
        assert float((nudged - end).abs().min()) >= 2e-3
    far = (ratio[:, None] - torch.tensor([1 - EPS, 1 + EPS])).abs().amin(-1) > 2e-3
    assert torch.equal(ratio[far], nudged[far])


def test_one_dimension_alone_is_tilted_where_rollouts_are_listed():
    tilt = tilted_in_one(seeded(2), 3, 1)
    assert tilt.shift.nonzero().flatten().tolist() == [1]
    assert tilt.widen.nonzero().flatten().tolist() == [1]


def test_without_a_tilt_it_is_the_policy_itself():
    own, _, obs, _ = setting()
    old = TiltedPolicy(own, no_tilt(2))
    assert no_tilt(2).is_none
    for found, due in zip(mean_and_std(old(obs)), mean_and_std(gaussian_of(own, obs)), strict=True):
        assert torch.equal(found, due)
    assert not old(obs).base_dist.loc.requires_grad
    assert copy.deepcopy(old) is old
