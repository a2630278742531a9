"""`ppo-recurrent`, from the door to the verdict: agents, whole updates, refusals, a replay."""

from dataclasses import replace

import pytest
import torch

import rlcheck
from rlcheck.errors import InvalidArgument
from rlcheck.subjects.remembered import state_form
from rlcheck.training.updates import RECURRENT, RecurrentPPOUpdate
from tests.tiers import spread
from tests.unit.judges import recurrent_agents as agents
from tests.zoo.rewrites_memory import cleanrl_lstm as loss
from tests.zoo.rewrites_memory import environments_one_by_one

SETTINGS = {"clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.0625}


def judged(subject=loss, **given):
    return rlcheck.check(subject, claim="ppo-recurrent", shrink=False, **given)


def failing(verdict):
    return {p.id for p in verdict.properties if p.status == "failed"}


@pytest.mark.thorough
def test_its_own_update_is_what_it_promises():
    verdict = judged(RecurrentPPOUpdate(), settings=SETTINGS)
    assert (verdict.outcome, verdict.error) == ("consistent", None), verdict.notes
    assert {"exact-on-policy", "exact-off-policy", "beginnings-forget"} <= {
        p.id for p in verdict.properties
    }
    assert not [region for region in verdict.coverage.left_out if " A, " in region]


@pytest.mark.thorough
def test_another_range_and_whitening_are_seen_through_the_same_door():
    assert (
        judged(RecurrentPPOUpdate(replace(RECURRENT, clip_eps=0.5)), settings=SETTINGS).outcome
        == "biased"
    )
    whitened = judged(RecurrentPPOUpdate(replace(RECURRENT, whiten=True)), settings=SETTINGS)
    assert (whitened.outcome, whitened.conventions) == ("convention", ("whiten-ddof1",))


class ForgetsFlags(RecurrentPPOUpdate):
    def load(self, batch):
        super().load({**batch, "episode_starts": torch.zeros_like(batch["episode_starts"])})


@pytest.mark.thorough
def test_an_update_that_is_not_told_of_beginnings_is_biased():
    verdict = judged(ForgetsFlags(), settings=SETTINGS)
    assert verdict.outcome == "biased"
    assert verdict.suspects[0].id == "state-not-reset"
    assert "beginnings-forget" in failing(verdict)


@pytest.mark.thorough
@pytest.mark.parametrize("agent", [agents.LSTMAgent, agents.WholeSequences])
def test_right_agents_are_consistent(agent):
    verdict = judged(agent=agent)
    assert (verdict.outcome, verdict.error) == ("consistent", None), failing(verdict)
    assert verdict.placebo["sound"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("agent", "suspect"),
    [
        (agents.ResetsLate, "state-reset-late"),
        (agents.NeverResets, "state-not-reset"),
        (agents.OnlyTheFirstBeginning, None),
    ],
)
def test_an_agent_s_own_flags_are_judged(agent, suspect):
    verdict = judged(agent=agent)
    assert verdict.outcome == "biased"
    assert "beginnings-forget" in failing(verdict)
    assert suspect is None or verdict.suspects[0].id == suspect


@pytest.mark.parametrize("agent", spread([agents.Detaches, agents.DetachesBefore], quick=1))
def test_an_agent_that_detaches_its_state_is_told_so(agent):
    verdict = judged(agent=agent)
    assert verdict.outcome == "biased"
    assert verdict.error is not None
    assert "the state" in verdict.error


@pytest.mark.thorough
def test_a_failing_line_gives_the_same_numbers_again():
    verdict = judged(agent=agents.NeverResets)
    assert verdict.finding is not None
    again = judged(agent=agents.NeverResets, replay=verdict.finding.replay)
    assert again.finding is not None
    assert (again.finding.exact, again.finding.found) == (
        verdict.finding.exact, verdict.finding.found,
    )  # fmt: skip
    assert "a segment" in verdict.finding.world


def test_the_decorator_knows_the_claim():
    checks = rlcheck.parametrize_with_checks(environments_one_by_one, claim="ppo-recurrent")
    assert checks is not None


class Plain:
    def get_value(self, obs):
        return obs

    def get_action_and_value(self, obs, action=None):
        return obs


def asks_the_old_policy(policy, policy_old, obs, advantages, initial_state, episode_starts):
    return advantages.sum()


def asks_a_state(policy, obs, actions, logp_old, advantages, initial_state):
    return advantages.sum()


def makes_its_credit(policy, obs, actions, rewards, values, logp_old, initial_state):
    return rewards.sum()


def test_what_it_is_not_about_is_refused():
    with pytest.raises(InvalidArgument, match="policy_old"):
        judged(asks_the_old_policy)
    with pytest.raises(InvalidArgument, match="no memory"):
        rlcheck.check(asks_a_state, claim="ppo-clip")
    with pytest.raises(InvalidArgument, match="discrete"):
        judged(environments_one_by_one, actions="continuous")
    with pytest.raises(InvalidArgument, match="ppo-recurrent"):
        rlcheck.check(loss, claim="ppo-loss", agent=agents.LSTMAgent)


def test_an_agent_without_a_memory_is_refused():
    from tests.unit.subjects.agent_file import Agent

    with pytest.raises(InvalidArgument, match="remember nothing"):
        judged(agent=Agent)


def test_credit_from_rewards_is_not_judged_under_it():
    verdict = judged(makes_its_credit)
    assert verdict.outcome == "inconclusive"
    assert any("asks for no `advantages`" in reason for _, reason in verdict.not_tried)


@pytest.mark.parametrize(
    ("module", "size", "is_tuple"),
    [
        (torch.nn.LSTM(3, 4, num_layers=2), 16, True),
        (torch.nn.GRU(3, 4), 4, False),
        (torch.nn.GRUCell(3, 4), 4, False),
        (torch.nn.LSTMCell(3, 4), 8, True),
    ],
)
def test_a_state_is_numbers_and_back(module, size, is_tuple):
    form = state_form(torch.nn.Sequential(module), "agent")
    assert (form.size, form.is_tuple) == (size, is_tuple)
    numbers = torch.arange(5 * size, dtype=torch.float64).reshape(5, size)
    assert torch.equal(form.flat(form.theirs(numbers)), numbers)


class BeginsWithOnes(torch.nn.Module):
    def initial_state(self, count):
        return torch.ones(count, 3)


class TwoMemories(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = torch.nn.GRU(2, 2), torch.nn.GRU(2, 2)


@pytest.mark.parametrize(
    ("agent", "told"), [(BeginsWithOnes(), "not zero"), (TwoMemories(), "2 recurrent modules")]
)
def test_states_of_no_known_form_are_refused(agent, told):
    with pytest.raises(InvalidArgument, match=told):
        state_form(agent, "agent")
