"""PPO with a policy that remembers, wrongly unrolled."""

import torch


def _loss(logp, entropy, values, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef):
    ratio = torch.exp(logp - logp_old)
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    gain = torch.min(ratio * advantages, clipped * advantages) + ent_coef * entropy
    return -gain.mean() + vf_coef * (values - returns).square().mean()


def _unrolled(agent, obs, actions, state, starts, detach=False):
    rows = []
    for here, taken, begins in zip(obs, actions, starts, strict=True):
        if detach:
            state = state.detach()
        _, logp, entropy, value, state = agent.get_action_and_value(here, state, begins, taken)
        rows.append((logp, entropy, value.squeeze(-1)))
    return [torch.stack(parts) for parts in zip(*rows, strict=True)]


def state_never_emptied(
    agent, obs, actions, initial_state, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef
):
    never = torch.zeros(actions.shape, dtype=obs.dtype)
    found = _unrolled(agent, obs, actions, initial_state, never)
    return _loss(*found, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef)


def emptied_by_the_flag_of_the_step(
    agent, obs, actions, initial_state, dones, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    found = _unrolled(agent, obs, actions, initial_state, 1.0 * dones)
    return _loss(*found, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef)


def emptied_one_step_late(
    agent, obs, actions, initial_state, episode_starts, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    starts = 1.0 * episode_starts
    late = torch.cat([torch.zeros_like(starts[:1]), starts[:-1]])
    found = _unrolled(agent, obs, actions, initial_state, late)
    return _loss(*found, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef)


def state_detached_every_step(
    agent, obs, actions, initial_state, episode_starts, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    found = _unrolled(agent, obs, actions, initial_state, 1.0 * episode_starts, detach=True)
    return _loss(*found, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef)


def segments_begin_with_nothing(
    agent, obs, actions, initial_state, episode_starts, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    empty = torch.zeros_like(initial_state)
    found = _unrolled(agent, obs, actions, empty, 1.0 * episode_starts)
    return _loss(*found, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef)


def state_of_the_next_environment(
    agent, obs, actions, initial_state, episode_starts, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    other = initial_state.roll(1, 1)
    found = _unrolled(agent, obs, actions, other, 1.0 * episode_starts)
    return _loss(*found, logp_old, advantages, returns, clip_eps, vf_coef, ent_coef)


def steps_shuffled(
    policy, value_fn, obs, actions, initial_state, episode_starts, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    order = torch.randperm(len(obs), generator=torch.Generator().manual_seed(1))
    starts = (1.0 * episode_starts)[order]
    law, _ = policy(obs[order], initial_state, starts)
    values = value_fn(obs[order], initial_state, starts)
    return _loss(
        law.log_prob(actions[order]), law.entropy(), values, logp_old[order], advantages[order],
        returns[order], clip_eps, vf_coef, ent_coef,
    )  # fmt: skip


def rows_of_environments_read_as_steps(
    agent, obs, actions, initial_state, episode_starts, logp_old, advantages, returns,
    clip_eps, vf_coef, ent_coef,
):  # fmt: skip
    def flat(x):
        return x.transpose(0, 1).flatten(0, 1)

    _, logp, entropy, values, _ = agent.get_action_and_value(
        flat(obs), initial_state, flat(1.0 * episode_starts), flat(actions)
    )
    return _loss(
        logp, entropy, values.squeeze(-1), flat(logp_old), flat(advantages), flat(returns),
        clip_eps, vf_coef, ent_coef,
    )  # fmt: skip
