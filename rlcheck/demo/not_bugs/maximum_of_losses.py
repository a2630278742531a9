"""openai/baselines#1156: a maximum where the paper has a minimum, of negated terms."""

import torch


def loss(agent, obs, actions, logp_old, advantages, clip_eps):
    """The maximum of -rA and -clip(r)A is -min(rA, clip(r)A)."""
    _, newlogprob, _, _ = agent.get_action_and_value(obs, actions)
    ratio = (newlogprob - logp_old).exp()
    pg_loss1 = -advantages * ratio
    pg_loss2 = -advantages * torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps)
    return torch.max(pg_loss1, pg_loss2).mean()
