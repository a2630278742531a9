"""The user's own agents: as networks, and judged with the losses that call them."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from rlcheck.errors import InvalidArgument
from rlcheck.judges import verify
from rlcheck.subjects import load, make_agent
from rlcheck.subjects.own import ActionSpec
from rlcheck.verdict import Outcome
from tests.unit.judges import gaussian_agents

FILE = str(Path(__file__).with_name("agent_file.py"))


def judged(loss, agent):
    subject = load(f"{FILE}:{loss}", agent=f"{FILE}:{agent}")
    return verify(subject, claim="ppo-loss", shrink=False)


@pytest.fixture(scope="module")
def shared():
    from rlcheck.subjects import find

    return find(f"{FILE}:Shared").value


def test_every_parameter_has_one_name_also_in_a_shared_trunk(shared):
    networks = make_agent(shared)
    names = set(networks.parameters)
    assert names == {f"{m}.{p}" for m in ("trunk.0", "actor", "critic") for p in ("weight", "bias")}
    assert (networks.obs_dim, networks.action) == (5, ActionSpec(kind="discrete", size=2))
    assert all(p.dtype == torch.float64 for p in networks.parameters.values())


def test_its_policy_is_that_of_its_method(shared):
    networks = make_agent(shared)
    obs = torch.rand(3, 2, 5, dtype=torch.float64)
    policy = networks.modules()["policy"](obs)
    assert torch.allclose(policy.probs.sum(-1), torch.ones(3, 2, dtype=torch.float64))
    logits = networks.agent.actor(networks.agent.trunk(obs))
    assert torch.allclose(policy.probs, logits.softmax(-1), atol=1e-15)
    assert networks.value(obs).shape == (3, 2)
    assert torch.allclose(networks.entropy(obs), policy.entropy())


def test_the_users_own_object_is_left_alone(shared):
    agent = shared()
    before = copy.deepcopy(agent.state_dict())
    verdict = verify(load(f"{FILE}:loss", own=make_agent(agent)), claim="ppo-loss")
    assert verdict.outcome == Outcome.CONSISTENT
    assert all(torch.equal(agent.state_dict()[k], v) for k, v in before.items())
    assert next(agent.parameters()).dtype == torch.float32


@pytest.mark.parametrize("agent", ["Agent", "Shared"])
def test_a_right_loss_passes_in_exact_expectation_by_the_tap(agent):
    verdict = judged("loss", agent)
    assert verdict.outcome == Outcome.CONSISTENT
    assert verdict.routes == ("tap",)
    tried = {p.id for p in verdict.properties}
    assert tried >= {"exact-on-policy", "exact-off-policy", "positive-advantage-below"}
    reached = {name.partition(" A, ")[2] for name, n in verdict.coverage.regions.items() if n}
    assert reached == {"below", "inside", "above"}


def test_a_wrong_loss_is_caught_and_its_replay_gives_the_same_numbers():
    subject = load(f"{FILE}:wrong", agent=f"{FILE}:Shared")
    verdict = verify(subject, claim="ppo-loss")
    assert verdict.outcome == Outcome.BIASED
    assert verdict.suspects[0].id == "max-for-min"
    assert verdict.finding.coordinate.startswith("d loss / d ")
    again = verify(subject, claim="ppo-loss", replay=verdict.finding.replay)
    assert again.finding.found == verdict.finding.found
    assert again.finding.exact == verdict.finding.exact


def test_reaching_past_the_methods_makes_the_self_check_fail_and_another_route_be_taken():
    verdict = judged("around_the_tap", "Shared")
    assert verdict.outcome == Outcome.CONSISTENT
    assert verdict.routes == ("rollout by rollout",)


@pytest.mark.thorough
def test_a_parameter_that_bypasses_the_tap_is_seen_by_another_route():
    verdict = judged("with_decay", "Shared")
    assert verdict.outcome == Outcome.BIASED
    assert "tap" not in verdict.routes


class Plain:
    """No module itself: its parameters are those of its attributes, each once."""

    def __init__(self):
        self.actor = nn.Linear(3, 2)
        self.same = self.actor
        self.scale = nn.Parameter(torch.ones(()))

    def get_value(self, x):
        return self.scale * x.sum(-1)

    def get_action_and_value(self, x, action=None):
        probs = torch.distributions.Categorical(logits=self.actor(x))
        action = probs.sample() if action is None else action
        return action, probs.log_prob(action), probs.entropy(), self.get_value(x)


def test_an_agent_that_is_no_module():
    assert set(make_agent(Plain()).parameters) == {"actor.weight", "actor.bias", "scale"}


CONTINUOUS = ActionSpec(kind="continuous", size=2)


def test_a_continuous_agent_is_read_by_the_normal_that_it_samples():
    networks = make_agent(gaussian_agents.Agent, action=CONTINUOUS)
    obs, actions = torch.rand(3, 5, 4, dtype=torch.float64), torch.rand(3, 5, 2).double()
    flat = [x.reshape(15, -1) for x in (obs, actions)]
    _, logp, entropy, value = networks.agent.get_action_and_value(*flat)
    torch.testing.assert_close(networks.logp(obs, actions).flatten(), logp)
    torch.testing.assert_close(networks.entropy(obs).flatten(), entropy)
    torch.testing.assert_close(networks.value(obs).flatten(), value.flatten())
    policy = networks.modules()["policy"](obs)
    assert (policy.batch_shape, policy.event_shape) == ((3, 5), (2,))
    policy.base_dist.scale.sum().backward()
    assert (networks.parameters["actor_logstd"].grad != 0).all()


def test_what_a_wrong_agent_says_is_not_believed():
    right = make_agent(gaussian_agents.Agent, action=CONTINUOUS)
    wrong = make_agent(gaussian_agents.AveragedLogp, action=CONTINUOUS)
    obs, actions = torch.rand(6, 4, dtype=torch.float64), torch.rand(6, 2, dtype=torch.float64)
    assert torch.equal(wrong.logp(obs, actions), right.logp(obs, actions))


def test_what_it_acts_by_counts_and_not_what_it_scores_by():
    right = make_agent(gaussian_agents.Agent, action=CONTINUOUS)
    wrong = make_agent(gaussian_agents.ScoredByAnother, action=CONTINUOUS)
    obs = torch.rand(6, 4, dtype=torch.float64)
    assert torch.equal(wrong.distribution(obs).stddev, right.distribution(obs).stddev)


def test_acting_without_a_graph_takes_nothing_from_it():
    networks = make_agent(gaussian_agents.ActsWithoutGraph, action=CONTINUOUS)
    assert networks.distribution(torch.rand(6, 4, dtype=torch.float64)).mean.requires_grad
    with pytest.raises(InvalidArgument, match="scores actions by another one"):
        make_agent(gaussian_agents.ActsByAnotherWithoutGraph, action=CONTINUOUS)


def test_reading_its_distribution_draws_nothing_of_anybody_else_s():
    networks = make_agent(gaussian_agents.Agent, action=CONTINUOUS)
    before = torch.default_generator.get_state()
    networks.distribution(torch.rand(6, 4, dtype=torch.float64, generator=torch.Generator()))
    assert torch.equal(torch.default_generator.get_state(), before)


def test_an_agent_whose_probabilities_are_none_is_told_what_they_add_up_to():
    class Unnormalised(Plain):
        def get_action_and_value(self, x, action=None):
            chosen, logp, entropy, value = super().get_action_and_value(x, action)
            return chosen, logp - 1, entropy, value

    with pytest.raises(InvalidArgument, match=r"its 2 actions add up to 0\.367879, not to one"):
        make_agent(Unnormalised())


def test_an_instance_tells_its_widths_though_its_deviation_comes_first():
    agent = make_agent(gaussian_agents.Agent, obs_dim=7, action=CONTINUOUS).agent
    assert next(iter(dict(agent.named_parameters()))) == "actor_logstd"
    found = make_agent(agent)
    assert (found.obs_dim, found.action) == (7, CONTINUOUS)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (gaussian_agents.Squashed, "no plain samples of the Normal"),
        (gaussian_agents.Correlated, "no Normal is behind them"),
    ],
)
def test_actions_that_are_not_those_of_a_normal_are_refused(agent, said):
    with pytest.raises(InvalidArgument, match=said):
        make_agent(agent, action=CONTINUOUS)


def test_no_normal_is_recorded_afterwards():
    before = torch.distributions.Normal.__init__
    make_agent(gaussian_agents.Agent, action=CONTINUOUS)
    assert torch.distributions.Normal.__init__ is before


@pytest.mark.parametrize(
    ("name", "said"),
    [("NoValue", "it has no get_value"), ("NeedsArguments", "no get_action_and_value")],
)
def test_what_is_no_agent_is_refused(name, said):
    with pytest.raises(InvalidArgument, match=said):
        load(f"{FILE}:loss", agent=f"{FILE}:{name}")


def test_an_agent_that_cannot_be_constructed_says_both_attempts():
    class Needs(Plain):
        def __init__(self, one, two):
            super().__init__()

    with pytest.raises(InvalidArgument, match=r"with `envs`, .* without arguments, "):
        make_agent(Needs)
