"""Small implementations for the judges' tests, cases to call them on, and how they are called."""

import torch

from rlcheck.claims import find_claim
from rlcheck.judges.callers import SubjectCaller
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.worlds import FULL
from rlcheck.subjects import make_subject

SETTINGS = {
    "gamma": 0.75, "gae_lambda": 0.5, "clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.125,
    "kl_coef": 0.5,
}  # fmt: skip


def case_of(
    form="fixed", *, listed=True, size=FULL, off_policy=False, seed=1, action_values=False,
    **settings,
):  # fmt: skip
    recipe = Recipe(
        form=form, off_policy=off_policy, exact_critic=listed, listed=listed, limit=True,
        size=size, seed=seed, action_values=action_values,
        settings=tuple({**SETTINGS, **settings}.items()),
    )  # fmt: skip
    return make_case(recipe)


def caller_of(function, claim="cpi", **kwargs):
    return SubjectCaller(subject=make_subject(function, **kwargs), claim=find_claim(claim))


def cpi(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio * advantages).mean()


def step_by_step(policy, obs, actions, logp_old, advantages):
    total = 0.0
    for t in range(len(obs)):
        ratio = (policy(obs[t]).log_prob(actions[t]) - logp_old[t]).exp()
        total = total - (ratio * advantages[t]).mean() / len(obs)
    return total


def one_by_one(policy, obs, actions, logp_old, advantages):
    total = 0.0
    for t in range(obs.shape[0]):
        for n in range(obs.shape[1]):
            ratio = (policy(obs[t, n]).log_prob(actions[t, n]) - logp_old[t, n]).exp()
            total = total - ratio * advantages[t, n]
    return total / (obs.shape[0] * obs.shape[1])


def flattened(policy, obs, actions, logp_old, advantages):
    return cpi(policy, obs.flatten(0, 1), actions.flatten(), logp_old.flatten(),
               advantages.flatten())  # fmt: skip


def env_major(policy, obs, actions, logp_old, advantages):
    def major(x):
        return x.transpose(0, 1).reshape(-1, *x.shape[2:])

    return cpi(policy, major(obs), major(actions), major(logp_old), major(advantages))


def permuted(policy, obs, actions, logp_old, advantages):
    order = torch.randperm(obs.shape[1])
    return cpi(policy, obs[:, order], actions[:, order], logp_old[:, order], advantages[:, order])


def shuffled_minibatches(policy, obs, actions, logp_old, advantages):
    flat = [x.flatten(0, 1) for x in (obs, actions, logp_old, advantages)]
    total = 0.0
    for part in torch.randperm(len(flat[0])).split(2):
        total = total + cpi(policy, *(x[part] for x in flat)) * len(part) / len(flat[0])
    return total


def sliced(policy, obs, actions, logp_old, advantages):
    half = obs.shape[0] // 2
    parts = [
        cpi(policy, obs[s], actions[s], logp_old[s], advantages[s]) * len(obs[s]) / len(obs)
        for s in (slice(0, half), slice(half, None)) if len(obs[s])
    ]  # fmt: skip
    return sum(parts)


def beside_successors(policy, obs, next_obs, actions, logp_old, advantages):
    both = policy(torch.cat([obs, next_obs])).logits[: len(obs)]
    chosen = both.log_softmax(-1).gather(-1, actions[..., None])[..., 0]
    return -((chosen - logp_old).exp() * advantages).mean()


def raw_network(network, obs, actions, logp_old, advantages):
    chosen = network(obs).log_softmax(-1).gather(-1, actions[..., None])[..., 0]
    return -((chosen - logp_old).exp() * advantages).mean()


def summed(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio * advantages).sum() / len(obs)


TRACED = (
    cpi, step_by_step, one_by_one, flattened, env_major, permuted, shuffled_minibatches, sliced,
    beside_successors, raw_network, summed,
)  # fmt: skip


def weight_decay(policy, obs, actions, logp_old, advantages):
    decay = sum((p**2).sum() for p in policy.parameters())
    return cpi(policy, obs, actions, logp_old, advantages) + 0.01 * decay


def through_numpy(policy, obs, actions, logp_old, advantages):
    order = torch.arange(obs.shape[1] - 1, -1, -1)
    again = torch.as_tensor(obs.detach().numpy()[:, order.numpy()].copy())
    return cpi(policy, again, actions[:, order], logp_old[:, order], advantages[:, order])


def whitened(policy, obs, actions, logp_old, advantages):
    credit = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    return cpi(policy, obs, actions, logp_old, credit)


def centred(policy, obs, actions, logp_old, advantages):
    return cpi(policy, obs, actions, logp_old, advantages - advantages.mean())


def masked_mean(policy, obs, actions, logp_old, advantages, mask):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio * advantages * mask).sum() / mask.sum()


def mixed_observations(policy, obs, actions, logp_old, advantages):
    # Rows of two rollouts in one observation: no row belongs to anybody.
    return cpi(policy, (obs + obs.roll(1, 1)) / 2, actions, logp_old, advantages)


def batch_norm(policy, obs, actions, logp_old, advantages):
    logits = policy(obs).logits
    logits = logits - logits.mean((0, 1))
    chosen = logits.log_softmax(-1).gather(-1, actions[..., None])[..., 0]
    return -((chosen - logp_old).exp() * advantages).mean()


def reinforce(policy, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    total = 0.0
    for t in range(len(rewards)):
        to_go = sum(gamma ** (u - t) * rewards[u] for u in range(t, len(rewards)))
        total = total - (gamma**t * logp[t] * to_go).mean()
    return total
