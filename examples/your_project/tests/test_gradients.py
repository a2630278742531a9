"""Each gradient of ppo.py against the exact one: pytest, seconds, no training."""

from ppo import Agent, compute_gae, minibatches, normalize, ppo_loss

import rlcheck

# CleanRL's dones[t] belongs to obs[t]; rlcheck cannot know that from the name.
NAMES = {"dones": "dones_before"}


@rlcheck.parametrize_with_checks(compute_gae, claim="gae", names=NAMES)
def test_advantages(check):
    check()


@rlcheck.parametrize_with_checks(ppo_loss, claim="ppo-loss", layout="flat")
def test_loss(check):
    check()


@rlcheck.parametrize_with_checks(ppo_loss, claim="ppo-loss", layout="flat", agent=Agent)
def test_loss_with_my_agent(check):
    check()


# What is right by itself can be wrong together: advantages and returns as main() hands them on.
both = rlcheck.Subject(name="both", advantages=compute_gae, loss=ppo_loss, names=NAMES)


@rlcheck.parametrize_with_checks(both, claim="ppo-loss")
def test_both(check):
    check()


def minibatch_loss(
    agent, obs, actions, logprobs, advantages, returns, clip_coef, ent_coef, vf_coef
):
    batch = [obs, actions, logprobs, advantages, returns]
    [minibatch] = minibatches(batch, size=len(obs))
    return ppo_loss(agent, *minibatch, clip_coef, ent_coef, vf_coef)


@rlcheck.parametrize_with_checks(minibatch_loss, claim="ppo-loss", layout="flat")
def test_shuffled(check):
    check()


def whitened(rewards, values, dones, next_value, next_done, gamma, gae_lambda):
    advantages, _ = compute_gae(rewards, values, dones, next_value, next_done, gamma, gae_lambda)
    return normalize(advantages)


@rlcheck.parametrize_with_checks(whitened, claim="gae", names=NAMES)
def test_whitened(check):
    check()
