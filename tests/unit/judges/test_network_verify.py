"""Verdicts on continuous agents: CleanRL's form, update-only agents, networks alone."""

from functools import cache, partial

import pytest
import torch
from torch import nn
from torch.distributions import Independent, Normal

import rlcheck
from rlcheck import losses
from rlcheck.errors import InvalidArgument
from rlcheck.judges import verify
from rlcheck.subjects import make_agent, make_subject
from rlcheck.subjects.own import ActionSpec
from rlcheck.verdict import Outcome
from tests.tiers import spread
from tests.unit.judges import gaussian_agents
from tests.unit.judges.gaussian_agents import FAULTY_AGENTS, FAULTY_LOSSES, Agent, StateDependent

LOSSES = {
    "reinforce": losses.reinforce,
    "actor-critic": losses.actor_critic,
    "importance-sampling": losses.importance_sampling,
    "cpi": losses.cpi,
    "ppo-clip": losses.ppo_clip,
    "ppo-penalty": losses.ppo_penalty,
    "value-loss": partial(losses.value_loss, values_old=None, clip_eps=None),
    "entropy-bonus": losses.entropy_bonus,
    "ppo-loss": losses.ppo_loss,
    "a2c-loss": losses.a2c_loss,
}


@cache
def networks(kind=Agent, count=2):
    return make_agent(kind, action=ActionSpec(kind="continuous", size=count))


def judged(loss, agent=Agent, claim="ppo-loss", **options):
    options = {"shrink": False, **options}  # shrinking has its own tests
    return rlcheck.check(
        loss, claim=claim, agent=agent, actions="continuous", layout="flat", **options
    )


@cache
def first(loss, claim="ppo-loss"):
    """The verdict of a loss, reached once for all tests that look at it."""
    return judged(loss, claim=claim)


@pytest.mark.parametrize(
    ("loss", "claim"),
    spread(
        [
            (gaussian_agents.right, "ppo-loss"),
            (gaussian_agents.clipped_alone, "ppo-clip"),
            (gaussian_agents.actor_critic, "a2c-loss"),
        ],
        quick=1,
    ),
)
def test_a_right_loss_passes_in_exact_expectation_by_the_tap(loss, claim):
    verdict = first(loss, claim)
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties
    assert (verdict.routes, verdict.grade) == (("tap on nodes",), "exact")
    assert verdict.placebo["sound"]
    exact = {p.id: p for p in verdict.properties if p.id.startswith("exact-")}
    assert exact["exact-on-policy"].floor < 1e-10
    assert claim == "a2c-loss" or exact["exact-off-policy"].floor < 1e-9


def test_ratios_fall_below_inside_and_above_the_clip_range():
    reached = {
        name.partition(" A, ")[2]
        for name, n in first(gaussian_agents.right).coverage.regions.items()
        if n
    }
    assert reached == {"below", "inside", "above"}


def test_what_is_not_tried_has_a_reason():
    reasons = dict(first(gaussian_agents.right).not_tried)
    told = reasons["batches: segments, expectation on continuous actions"]
    assert "whole episodes alone" in told


@pytest.mark.parametrize("loss", spread(FAULTY_LOSSES, quick=1))
def test_a_faulty_loss_is_biased(loss):
    verdict = first(loss)
    assert verdict.outcome == Outcome.BIASED
    assert verdict.finding.coordinate.startswith("d loss / d ")
    failed = {p.id for p in verdict.properties if p.status == "failed"}
    assert failed & {"exact-on-policy", "exact-off-policy"}


@pytest.mark.thorough
@pytest.mark.parametrize(("agent", "loss", "claim"), FAULTY_AGENTS)
def test_a_faulty_agent_is_biased(agent, loss, claim):
    assert judged(loss, agent, claim).outcome == Outcome.BIASED


def test_a_parameter_that_no_gradient_reaches_is_named():
    loss = gaussian_agents.clipped_alone
    verdict = judged(loss, gaussian_agents.DeviationDetached, "ppo-clip")
    assert "no gradient reaches actor_logstd" in verdict.error


def test_whitening_is_a_convention():
    verdict = judged(gaussian_agents.whitened)
    assert (verdict.outcome, verdict.conventions) == (Outcome.CONVENTION, ("whiten-ddof1",))


@pytest.mark.thorough
def test_a_finding_is_replayed_to_the_same_numbers():
    loss = gaussian_agents.entropy_negated
    seen = first(loss).finding
    assert "the networks that the implementation brings" in seen.world["pi"]
    again = judged(loss, replay=seen.replay).finding
    assert (again.found, again.exact, again.coordinate) == (
        seen.found, seen.exact, seen.coordinate,
    )  # fmt: skip


@pytest.mark.parametrize("claim", spread(["reinforce", "ppo-penalty"], quick=1))
def test_losses_on_networks_of_somebodys_own_are_consistent(claim):
    verdict = verify(make_subject(LOSSES[claim], own=networks()), claim=claim)
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties
    assert verdict.placebo["sound"]


@pytest.mark.thorough
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("kind", [Agent, StateDependent])
@pytest.mark.parametrize("claim", LOSSES)
def test_every_loss_is_consistent_on_every_kind_of_network(claim, kind, count):
    if (claim, count) == ("importance-sampling", 3):
        pytest.skip("two steps of three dimensions are too many nodes for a product of ratios")
    verdict = verify(make_subject(LOSSES[claim], own=networks(kind, count)), claim=claim)
    assert verdict.outcome == Outcome.CONSISTENT, verdict.properties


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
        self.log_std = nn.Parameter(torch.zeros(1) - 0.25)

    def forward(self, obs):
        mean = self.net(obs)
        return Independent(Normal(mean, self.log_std.exp().expand_as(mean)), 1)


class Updates:
    """An update-only agent; a class attribute says what its optimiser forgets."""

    forgets = ""

    def __init__(self):
        torch.manual_seed(0)
        self.policy, self.value_fn = Policy(), nn.Linear(3, 1)
        trained = [p for n, p in self.policy.named_parameters() if n != self.forgets]
        self.optimizer = torch.optim.Adam([*trained, *self.value_fn.parameters()], lr=1e-3)

    def load(self, batch):
        self.batch = batch

    def update(self):
        b = self.batch
        probs = self.policy(b["obs"])
        ratio = (probs.log_prob(b["actions"]) - b["logp_old"]).exp()
        credit = b["advantages"]
        policy = -torch.min(ratio * credit, ratio.clamp(0.8, 1.2) * credit).mean()
        value = ((self.value_fn(b["obs"]).squeeze(-1) - b["returns"]) ** 2).mean()
        self.optimizer.zero_grad()
        (policy + 0.5 * value - 0.01 * probs.entropy().mean()).backward()
        self.optimizer.step()


class ForgetsDeviation(Updates):
    forgets = "log_std"


class SquashedPolicy(Policy):
    def forward(self, obs):
        tanh = torch.distributions.transforms.TanhTransform()
        return torch.distributions.TransformedDistribution(super().forward(obs), [tanh])


class Squashed(Updates):
    def __init__(self):
        super().__init__()
        self.policy = SquashedPolicy()


SETTINGS = {"clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01}


def test_an_agent_that_has_only_an_update_passes():
    verdict = rlcheck.check(Updates(), claim="ppo-loss", settings=SETTINGS)
    assert verdict.outcome == Outcome.CONSISTENT
    assert verdict.routes == ("rollout by rollout on nodes",)
    assert "one call each, are too many" in dict(verdict.not_tried)["exact-off-policy"]


def test_an_optimiser_that_forgets_the_deviation_is_biased():
    verdict = rlcheck.check(ForgetsDeviation(), claim="ppo-loss", settings=SETTINGS, shrink=False)
    assert verdict.outcome == Outcome.BIASED
    assert verdict.finding.coordinate == "d loss / d policy.log_std[0]"


def test_squashed_actions_are_refused():
    with pytest.raises(InvalidArgument, match="not those of a plain normal"):
        rlcheck.check(Squashed(), claim="ppo-loss", settings=SETTINGS)


def test_other_actions_than_those_of_the_networks_are_refused():
    with pytest.raises(InvalidArgument, match="act with continuous actions"):
        verify(make_subject(losses.cpi, own=networks()), claim="cpi", actions="both")
