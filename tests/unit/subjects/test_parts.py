"""Several functions as one implementation: what is between them is judged too."""

import pytest
import torch

import rlcheck
from rlcheck import InvalidArgument, Subject


def returns(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    return (
        advantages(rewards, values, next_values, terminated, truncated, gamma, gae_lambda) + values
    )


def advantages(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    out, running = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_values[t] * ~terminated[t] - values[t]
        running = delta + gamma * gae_lambda * running * ~(terminated[t] | truncated[t])
        out[t] = running
    return out


def to_go(rewards, next_values, terminated, truncated, gamma):
    out, after = torch.zeros_like(rewards), next_values[-1]
    for t in reversed(range(len(rewards))):
        after = torch.where(truncated[t], next_values[t], after) * ~terminated[t]
        out[t] = after = rewards[t] + gamma * after
    return out


def pair(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    found = advantages(rewards, values, next_values, terminated, truncated, gamma, gae_lambda)
    return found, found + values


def from_returns(returns, values):
    return returns - values


def loss(policy, value_fn, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    surrogate = torch.min(ratio * advantages, clipped * advantages).mean()
    return -surrogate + vf_coef * ((value_fn(obs) - returns) ** 2).mean()


def step(policy, value_fn, obs, actions, logp_old, advantages, returns, clip_eps, vf_coef):
    optimizer = torch.optim.SGD([*policy.parameters(), *value_fn.parameters()], lr=0.1)
    optimizer.zero_grad()
    # The glue is wrong: what it hands over as advantages are returns.
    loss(policy, value_fn, obs, actions, logp_old, returns, returns, clip_eps, vf_coef).backward()
    optimizer.step()


def test_one_part_is_a_function_like_any_other():
    whole = Subject(loss=loss)
    assert whole.name == "loss"
    assert whole.call is loss
    assert whole.parts == {}
    assert "clip_eps" in whole.asks


@pytest.mark.parametrize(
    "parts", [{"advantages": pair}, {"advantages": advantages, "returns": returns},
              {"returns": returns, "advantages": from_returns}], ids=["pair", "both", "chained"]
)  # fmt: skip
def test_what_is_computed_is_not_asked_for(parts):
    whole = Subject(**parts, loss=loss)
    assert not whole.asks & {"advantages", "returns"}
    assert {"rewards", "terminated", "policy", "logp_old"} <= whole.asks
    assert set(whole.parts) == {*parts, "loss"}
    assert whole.parts["loss"].asks == Subject(loss=loss).asks
    assert "rewards" in whole.parts["advantages"].asks


def test_right_parts_are_consistent_together():
    whole = Subject(advantages=pair, loss=loss, fixed={"ent_coef": 0.0})
    verdict = rlcheck.check(whole, claim="ppo-loss")
    assert verdict.outcome == "consistent", verdict.properties
    part = rlcheck.check(whole.parts["advantages"], claim="gae")
    assert part.outcome == "consistent"


def test_parts_of_another_spelling():
    def adv(rew, v, nv, term, trunc, gamma, lam):
        return advantages(rew, v, nv, term, trunc, gamma, lam)

    names = {"v": "values", "nv": "next_values", "term": "terminated", "trunc": "truncated"}
    whole = Subject(advantages=adv, returns=returns, loss=loss, names=names)
    assert "next_values" in whole.asks
    assert "next_values" in whole.parts["advantages"].asks


@pytest.mark.thorough
def test_wrong_glue_is_found_though_every_part_is_right():
    def glued(returns, values):
        return returns  # forgets the baseline that the claim's advantages have

    whole = Subject(returns=to_go, advantages=glued, loss=loss, fixed={"ent_coef": 0.0})
    assert rlcheck.check(whole.parts["returns"], claim="returns").outcome == "consistent"
    assert rlcheck.check(whole.parts["loss"], claim="ppo-loss").outcome == "consistent"
    assert rlcheck.check(whole, claim="ppo-loss", shrink=False).outcome == "biased"


def test_a_step_is_caught_at_its_optimiser():
    whole = Subject(loss=loss, step=step, fixed={"ent_coef": 0.0})
    assert whole.kind == "update"
    assert set(whole.parts) == {"loss"}
    assert rlcheck.check(whole.parts["loss"], claim="ppo-loss").outcome == "consistent"
    assert rlcheck.check(whole, claim="ppo-loss", shrink=False).outcome == "biased"


def test_no_part():
    with pytest.raises(InvalidArgument, match="no part to judge"):
        Subject()


def test_parts_that_wait_for_each_other():
    def one(advantages): ...
    def other(returns): ...

    with pytest.raises(InvalidArgument, match="each of them asks for the other"):
        Subject(returns=one, advantages=other, loss=loss)


def test_one_array_where_a_pair_is_due():
    whole = Subject(advantages=advantages, loss=loss)
    verdict = rlcheck.check(whole, claim="ppo-loss")
    assert "return (advantages, returns)" in verdict.error
