"""An agent whose critic is a baseline: any function of the state leaves the expectation alone."""

from pathlib import Path

import pytest
import torch

import rlcheck

AGENT = f"{Path(__file__).with_name('agent_file.py')}:Agent"


def credit(agent, obs, actions, rewards, gamma):
    """log pi, gamma^t, the return from each step on, and what the critic says."""
    _, logp, _, values = agent.get_action_and_value(obs, actions)
    discount = gamma ** torch.arange(len(rewards))[:, None]
    returns = (rewards * discount).flip(0).cumsum(0).flip(0) / discount
    return logp, discount, returns, values.squeeze(-1)


def without(agent, obs, actions, rewards, gamma):
    logp, discount, returns, _ = credit(agent, obs, actions, rewards, gamma)
    return -(logp * discount * returns).sum(0).mean()


def with_baseline(agent, obs, actions, rewards, gamma):
    logp, discount, returns, values = credit(agent, obs, actions, rewards, gamma)
    return -(logp * discount * (returns - values.detach())).sum(0).mean()


def with_a_graph(agent, obs, actions, rewards, gamma):
    logp, discount, returns, values = credit(agent, obs, actions, rewards, gamma)
    return -(logp * discount * (returns - values)).sum(0).mean()


def bootstrapped(agent, obs, actions, rewards, gamma):
    logp, discount, _, values = credit(agent, obs, actions, rewards, gamma)
    following = torch.cat([values[1:], torch.zeros_like(values[:1])])
    return -(logp * discount * (rewards + gamma * following - values).detach()).sum(0).mean()


@pytest.mark.parametrize(
    ("loss", "claim"),
    [
        (without, "reinforce"),
        (with_baseline, "reinforce"),
        (with_baseline, "reinforce-baseline"),
    ],
)
def test_it_is_held_to_the_gradient_of_the_objective(loss, claim):
    verdict = rlcheck.check(loss, claim=claim, agent=AGENT, shrink=False)
    assert verdict.outcome == "consistent", verdict.notes
    assert {"exact-on-policy", "bandit-closed-form"} <= {
        found.id for found in verdict.properties if found.status == "passed"
    }


@pytest.mark.parametrize(
    "loss", [with_a_graph, pytest.param(bootstrapped, marks=pytest.mark.thorough)]
)
def test_what_a_critic_of_ones_own_may_not_do_is_seen(loss):
    verdict = rlcheck.check(loss, claim="reinforce-baseline", agent=AGENT, shrink=False)
    assert verdict.outcome == "biased"
    assert "exact-on-policy" in {p.id for p in verdict.properties if p.status == "failed"}
