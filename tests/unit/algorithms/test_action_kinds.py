"""Several choices at once, and normal laws squashed into a box: densities, slopes, updates."""

from dataclasses import replace
from itertools import product

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import nn
from torch.distributions import (
    AffineTransform,
    Categorical,
    Independent,
    Normal,
    TanhTransform,
    TransformedDistribution,
    kl_divergence,
)
from torch.nn.utils import parameters_to_vector

import rlcheck
from rlcheck import losses
from rlcheck.algorithms import a2c, ppo, ppo_recurrent, trpo
from rlcheck.algorithms.environments import Actions, GymnasiumEnvironments, make_environments
from rlcheck.algorithms.experience import Experience
from rlcheck.algorithms.multi_discrete import MultiDiscreteActorCritic
from rlcheck.algorithms.networks import make_networks
from rlcheck.algorithms.squashed import (
    SquashedActorCritic,
    SquashedEnvironments,
    log_slope,
    squash,
)
from rlcheck.errors import InvalidArgument

CHOICES = (3, 2, 4)
LOW, HIGH = [-2.0, 0.0], [1.0, 5.0]
MULTI = Actions(kind="multi-discrete", size=3, choices=CHOICES)
SQUASHED = Actions(kind="squashed", size=2, low=np.array(LOW), high=np.array(HIGH))


def multi(seed=0):
    return spread(make_networks(3, MULTI, seed, width=6).double())


def box(seed=0):
    return spread(make_networks(3, SQUASHED, seed, width=6).double())


def spread(networks):
    with torch.no_grad():
        for parameter in networks.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, dtype=parameter.dtype))
    return networks


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


OBS = torch.tensor([[0.5, -1.0, 0.25], [1.0, 0.5, -0.5]], dtype=torch.float64)


# ---------------------------------------------------------------- several choices


def combined(networks, obs):
    """The same policy as one categorical law over all combinations."""
    every = torch.tensor(list(product(*map(range, CHOICES))))
    rows = [networks.evaluate(o.expand(len(every), -1), every).logp for o in obs]
    return every, torch.stack(rows)


def test_combinations_add_up_to_one_and_choices_are_independent():
    networks = multi()
    every, logp = combined(networks, OBS)
    assert torch.allclose(logp.exp().sum(-1), torch.ones(2, dtype=torch.float64))
    law = Categorical(logits=logp)
    found = networks.evaluate(OBS, every[:2])
    assert torch.allclose(found.entropy, law.entropy())
    other = multi()
    spread(other)
    _, moved = combined(other, OBS)
    due = kl_divergence(law, Categorical(logits=moved))
    assert torch.allclose(other.divergence(OBS, networks.described(OBS)), due)


def test_noise_and_sampling_have_the_policy_s_law():
    networks = multi()
    count = 40_000
    obs = OBS[:1].expand(count, -1)
    generator = torch.Generator().manual_seed(0)
    noise = networks.noise((count,), generator).double()
    for drawn in (networks.act(obs, noise), networks.get_action_and_value(obs)[0]):
        assert drawn.shape == (count, 3)
        parts = networks.described(OBS[0]).exp().split(CHOICES)
        for d, due in enumerate(parts):
            share = torch.bincount(drawn[:, d], minlength=CHOICES[d]) / count
            # Six standard deviations of a share of a half.
            assert bool(((share - due).abs() < 6 * 0.5 / count**0.5).all())


def test_the_loss_of_several_choices_is_that_of_the_law_of_all_combinations():
    """The gradient of PPO's loss, against autograd through the categorical of combinations."""
    networks = multi()
    every, logp = combined(networks, OBS)
    taken = torch.tensor([5, 17])
    old, credit = logp.detach()[[0, 1], taken] + 0.1, torch.tensor([1.0, -2.0])
    law = Categorical(logits=logp)
    due = losses.ppo_clip(law.log_prob(taken), old, credit.double(), 0.2)
    due = due + losses.entropy_bonus(law.entropy(), 0.5)
    new = networks.evaluate(OBS, every[taken])
    found = losses.ppo_clip(new.logp, old, credit.double(), 0.2)
    found = found + losses.entropy_bonus(new.entropy, 0.5)
    parameters = list(networks.actor.parameters())
    for one, other in zip(*(torch.autograd.grad(x, parameters) for x in (found, due)), strict=True):
        assert torch.allclose(one, other, atol=1e-12)


class Combined(nn.Module):
    """Two choices as one among all combinations, as rlcheck's door knows actions."""

    def __init__(self):
        super().__init__()
        actions = Actions(kind="multi-discrete", size=2, choices=(2, 2))
        self.networks = spread(make_networks(4, actions, 0, width=6))

    def apart(self, action):
        return torch.stack([action // 2, action % 2], -1)

    def get_value(self, obs):
        return self.networks.get_value(obs)

    def get_action_and_value(self, obs, action=None):
        if action is None:
            drawn = self.networks.get_action_and_value(obs)[0]
            action = 2 * drawn[..., 0] + drawn[..., 1]
        return (action, *self.networks.get_action_and_value(obs, self.apart(action))[1:])


class Outside:
    def __init__(self, make, settings):
        self.agent = Combined()
        self.learner = make(
            networks=self.agent.networks, settings=settings,
            generator=torch.Generator().manual_seed(0),
        )  # fmt: skip

    def load(self, batch):
        names = ("logp_old", "values_old", "advantages", "returns")
        self.experience = Experience(
            obs=batch["obs"].flatten(0, 1), actions=self.agent.apart(batch["actions"].flatten()),
            **{name: batch[name].flatten() for name in names},
        )  # fmt: skip

    def update(self):
        self.learner.update(self.experience)


SETTINGS = {"clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.0625}
PPO = ppo.PPO(
    epochs=1, minibatch=10_000, whiten=False, clip_eps=0.25, ent_coef=0.0625, max_grad_norm=None
)


@pytest.mark.thorough
def test_an_update_on_several_choices_is_ppo_s():
    verdict = rlcheck.check(
        Outside(ppo.Learner, PPO), claim="ppo-loss", settings=SETTINGS, shrink=False
    )
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes


@pytest.mark.thorough
def test_an_update_on_several_choices_with_half_the_range_is_not():
    wrong = replace(PPO, clip_eps=0.125)
    verdict = rlcheck.check(
        Outside(ppo.Learner, wrong), claim="ppo-loss", settings=SETTINGS, shrink=False
    )
    assert verdict.outcome == "biased"


def test_nothing_to_choose_is_refused():
    with pytest.raises(InvalidArgument, match="nothing to choose"):
        MultiDiscreteActorCritic(3, ())


# ---------------------------------------------------------------- squashed normals


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
    spread(other)
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


# ---------------------------------------------------------------- on environments


class Buttons(gymnasium.Env):
    """Three buttons that must all be pressed as shown; ten tries an episode."""

    observation_space = spaces.Box(-1.0, 1.0, (3,), dtype=np.float32)
    action_space = spaces.MultiDiscrete(CHOICES)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.tries = 0
        return self.look(), {}

    def look(self):
        self.shown = self.np_random.integers(0, CHOICES)
        return (self.shown / 2 - 0.5).astype(np.float32)

    def step(self, action):
        assert self.action_space.contains(np.asarray(action))
        reward = float((self.shown == action).mean())
        self.tries += 1
        return self.look(), reward, self.tries == 10, False, {}


def buttons():
    return GymnasiumEnvironments(
        SyncVectorEnv([Buttons] * 4, autoreset_mode=AutoresetMode.SAME_STEP)
    )


def pendulum():
    return SquashedEnvironments(make_environments("Pendulum-v1", 4))


RUNS = {
    "ppo": (ppo, ppo.PPO(n_steps=8, epochs=2, minibatch=16, ent_coef=0.01)),
    "ppo-penalty": (ppo, ppo.PPO(n_steps=8, epochs=2, minibatch=16, surrogate="penalty")),
    "a2c": (a2c, a2c.A2C(n_steps=8, ent_coef=0.01)),
    "trpo": (trpo, trpo.TRPO(n_steps=8, critic_epochs=1)),
    "ppo-recurrent": (ppo_recurrent, ppo_recurrent.RecurrentPPO(n_steps=8, epochs=2)),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("make", [buttons, pendulum])
def test_every_learner_acts_in_it(name, make):
    module, settings = RUNS[name]
    before = None
    for learner, _ in module.train(make(), settings, 64):
        found = torch.nn.utils.parameters_to_vector(learner.networks.parameters())
        assert bool(torch.isfinite(found).all())
        assert before is None or not torch.equal(before, found)
        before = found.clone()


def test_squashed_actions_reach_the_environment_inside_its_bounds():
    outside = pendulum()
    seen = []
    inner = outside.inner
    step = inner.step
    inner.step = lambda actions: (seen.append(actions), step(actions))[1]
    outside.reset(0)
    outside.step(torch.tensor([[-50.0], [0.0], [0.5], [50.0]]))
    assert torch.allclose(
        seen[0], torch.tensor([[-2.0], [0.0], [2 * np.tanh(0.5)], [2.0]], dtype=torch.float32)
    )


def test_what_cannot_be_squashed_is_refused():
    with pytest.raises(InvalidArgument, match="squash"):
        SquashedEnvironments(make_environments("CartPole-v1", 2))


@pytest.mark.thorough
def test_several_choices_are_learnt():
    settings = ppo.PPO(n_steps=32, epochs=4, minibatch=64, learning_rate=3e-3, gamma=0.0)
    *_, (learner, _) = ppo.train(buttons(), settings, 30_000)
    outside = buttons()
    obs, total = outside.reset(9), 0.0
    with torch.no_grad():
        for _ in range(50):
            here = outside.step(learner.networks.act(obs, torch.zeros(4, sum(CHOICES))))
            total += float(here.rewards.mean()) / 50
            obs = here.obs
    # Blind choices are right in (1/3 + 1/2 + 1/4) / 3 of the cases.
    assert total > 0.85
