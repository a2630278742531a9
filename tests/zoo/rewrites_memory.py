"""PPO with a policy that remembers, rightly unrolled in other people's styles. Plain functions."""

import torch


def _surrogate(logp, logp_old, advantages, clip_eps):
    ratio = torch.exp(logp - logp_old)
    return torch.max(-advantages * ratio, -advantages * ratio.clamp(1 - clip_eps, 1 + clip_eps))


def cleanrl_lstm(
    agent, obs, initial_state, dones_before, actions, logp_old, advantages, returns,
    clip_eps, ent_coef, vf_coef,
):  # fmt: skip
    _, newlogprob, entropy, newvalue, _ = agent.get_action_and_value(
        obs.flatten(0, 1), initial_state, dones_before.flatten(0, 1), actions.flatten(0, 1)
    )
    pg_loss = _surrogate(newlogprob, logp_old.flatten(), advantages.flatten(), clip_eps).mean()
    v_loss = ((newvalue.view(-1) - returns.flatten()) ** 2).mean()
    return pg_loss - ent_coef * entropy.mean() + v_loss * vf_coef


def one_step_after_another(
    policy, value_fn, obs, state, episode_starts, actions, logp_old, advantages, returns,
    clip_eps, ent_coef, vf_coef,
):  # fmt: skip
    total = torch.zeros((), dtype=obs.dtype)
    for t in range(len(obs)):
        values = value_fn(obs[t], state, episode_starts[t])
        law, state = policy(obs[t], state, episode_starts[t])
        total = (
            total + _surrogate(law.log_prob(actions[t]), logp_old[t], advantages[t], clip_eps).sum()
        )
        total = total + vf_coef * (values - returns[t]).square().sum()
        total = total - ent_coef * law.entropy().sum()
    return total / actions.numel()


def environments_one_by_one(
    policy, value_fn, obs, initial_state, episode_starts, actions, logp_old, advantages, returns,
    clip_eps, ent_coef, vf_coef,
):  # fmt: skip
    losses = []
    for n in range(actions.shape[1]):
        mine, state = slice(n, n + 1), initial_state[:, n : n + 1]
        law, _ = policy(obs[:, mine], state, episode_starts[:, mine])
        values = value_fn(obs[:, mine], state, episode_starts[:, mine])
        gain = _surrogate(law.log_prob(actions[:, mine]), logp_old[:, mine], advantages[:, mine],
                          clip_eps)  # fmt: skip
        error = (values - returns[:, mine]).square()
        losses.append((gain + vf_coef * error - ent_coef * law.entropy()).mean())
    return torch.stack(losses).mean()


def padded_sequences(
    agent, obs, initial_state, episode_starts, actions, logp_old, advantages, returns, mask,
    clip_eps, ent_coef, vf_coef,
):  # fmt: skip
    flat = [x.flatten(0, 1) for x in (obs, episode_starts, actions)]
    _, logp, entropy, values, _ = agent.get_action_and_value(
        flat[0], initial_state, flat[1], flat[2]
    )
    valid = mask.flatten()
    gain = _surrogate(logp, logp_old.flatten(), advantages.flatten(), clip_eps)
    error = (values.flatten() - returns.flatten()) ** 2
    return (gain[valid] + vf_coef * error[valid] - ent_coef * entropy[valid]).mean()
