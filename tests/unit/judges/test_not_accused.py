"""Right code that has been accused once: it may not be again."""

import pytest
import torch

import rlcheck


def values_itself(value_fn, obs, next_obs, rewards, terminated, truncated, gamma, gae_lambda):
    """No other value can be put between two rows: `lambda-one` has nothing to hold it to."""
    values, after = value_fn(obs), value_fn(next_obs)
    out, running = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * after[t] * ~terminated[t] - values[t]
        running = delta + gamma * gae_lambda * running * ~(terminated[t] | truncated[t])
        out[t] = running
    return out.detach()


def rounds_its_constants(rewards, values, next_values, terminated, truncated):
    """Masks in float32 round the constants that they are multiplied by, and bend nothing."""
    going_on = 1.0 - (terminated | truncated).float()
    alive = 1.0 - terminated.float()
    out, running = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + 0.99 * alive[t] * next_values[t] - values[t]
        running = delta + 0.99 * 0.95 * going_on[t] * running
        out[t] = running
    return out


def sums_in_float32(policy, obs, actions, logp_old, advantages):
    """A convention's errors are large, and say nothing of the precision."""
    ratio = (policy(obs).log_prob(actions).float() - logp_old.float()).exp()
    return -(ratio * advantages.float()).sum()


def is_worth_nothing(policy, obs, actions, logp_old, advantages, clip_eps):
    """The gradient of the clipped surrogate; what the loss is worth nobody promised."""
    logp = policy(obs).log_prob(actions)
    ratio = (logp - logp_old).exp().detach()
    counts = torch.where(advantages > 0, ratio < 1 + clip_eps, ratio > 1 - clip_eps)
    return -(ratio * advantages * counts * logp).mean()


def clips_values_by_where(
    policy, value_fn, obs, actions, logp_old, advantages, returns, values_old, clip_eps, vf_coef,
    ent_coef,
):  # fmt: skip
    """Another subgradient where a value has moved by just the clip range."""
    pi, values = policy(obs), value_fn(obs)
    ratio = (pi.log_prob(actions) - logp_old).exp()
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    surrogate = torch.min(ratio * advantages, clipped * advantages).mean()
    moved = values - values_old
    near = torch.where(moved.abs() < clip_eps, values, values_old + clip_eps * moved.sign())
    error = torch.max((values - returns) ** 2, (near - returns) ** 2).mean()
    return -surrogate + vf_coef * error - ent_coef * pi.entropy().mean()


CASES = [
    (values_itself, "gae", {}, "consistent"),
    (rounds_its_constants, "gae", {"settings": {"gamma": 0.99, "gae_lambda": 0.95}}, "consistent"),
    (sums_in_float32, "cpi", {}, "convention"),
    (is_worth_nothing, "ppo-clip", {}, "consistent"),
    (clips_values_by_where, "ppo-loss", {}, "convention"),
]


@pytest.mark.parametrize(("function", "claim", "options", "due"), CASES)
def test_right_code_in_another_form(function, claim, options, due):
    verdict = rlcheck.check(function, claim=claim, shrink=False, **options)
    assert verdict.outcome == due, [p for p in verdict.properties if p.status == "failed"]


def test_a_baseline_of_earlier_episodes_is_unbiased_in_every_order():
    """The running mean of earlier returns: which rollout stands first decides what it gives."""

    def running_mean(policy, obs, actions, rewards, gamma):
        weights = gamma ** torch.arange(len(rewards), dtype=torch.float64)[:, None]
        whole = (weights * rewards).sum(0)
        earlier = torch.cat([torch.zeros(1, dtype=torch.float64), whole.cumsum(0)[:-1]])
        baseline = earlier / torch.arange(len(whole), dtype=torch.float64).clamp(min=1)
        return -(policy(obs).log_prob(actions) * (whole - baseline)).sum(0).mean()

    verdict = rlcheck.check(running_mean, claim="reinforce", shrink=False)
    failed = [p.id for p in verdict.properties if p.status == "failed"]
    assert "exact-on-policy" not in failed
    assert verdict.outcome != "biased", failed


def test_a_trunk_that_no_gradient_reaches_is_named():
    class Agent(torch.nn.Module):
        def __init__(self, envs):
            super().__init__()
            self.trunk = torch.nn.Linear(4, 5)
            self.head = torch.nn.Linear(5, envs.single_action_space.n)
            self.critic = torch.nn.Linear(4, 1)

        def get_value(self, x):
            return self.critic(x)

        def get_action_and_value(self, x, action=None):
            with torch.no_grad():
                hidden = self.trunk(x).tanh()
            pi = torch.distributions.Categorical(logits=self.head(hidden))
            action = pi.sample() if action is None else action
            return action, pi.log_prob(action), pi.entropy(), self.critic(x)

    def loss(agent, obs, actions, logp_old, advantages, clip_eps):
        flat = obs.flatten(0, 1)
        logp = agent.get_action_and_value(flat, actions.flatten())[1].reshape(actions.shape)
        ratio = (logp - logp_old).exp()
        clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
        return -torch.min(ratio * advantages, clipped * advantages).mean()

    verdict = rlcheck.check(loss, claim="ppo-clip", agent=Agent)
    assert verdict.outcome == "biased"
    assert "no gradient reaches trunk.weight" in verdict.error
