"""alessiodm/drl-zh#17: what belongs together is shuffled by two permutations."""

import torch


def loss(policy, obs, actions, logp_old, advantages):
    """The surrogate on a shuffled flat batch, but advantages land beside other steps."""
    generator = torch.Generator().manual_seed(0)
    steps = torch.randperm(len(obs), generator=generator)
    others = torch.randperm(len(obs), generator=generator)
    new = policy(obs[steps]).log_prob(actions[steps])
    return -((new - logp_old[steps]).exp() * advantages[others]).mean()
