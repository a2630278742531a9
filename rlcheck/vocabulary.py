"""The names that a function under check may ask for, and how other libraries spell them.

A parameter is bound by its *name* alone, never by position or by guess.
Where two libraries use one spelling for different things (`masks`, for instance, is a
loss mask in some and `1 - done` in others) the spelling is left out, and `names=` decides.
"""

from types import MappingProxyType

MODULES = MappingProxyType(
    {
        "policy": "module: obs -> Categorical, or Independent(Normal, 1)",
        "network": "the same policy's raw outputs: logits, or (mean, log_std)",
        "policy_old": "the frozen behaviour policy, as `policy`, without gradient",
        "value_fn": "module: obs -> values, [T, N]",
        "q_fn": "module: obs -> a value for each action, [T, N, A], under training",
        "target_q_fn": "the frozen target network, as `q_fn`, without gradient",
        "agent": "CleanRL's agent: get_value(obs), get_action_and_value(obs, action)",
    }
)
"""What can be called: word -> what it is."""

ARRAYS = MappingProxyType(
    {
        "obs": "observations, [T, N, O]",
        "actions": "actions taken in `obs`, [T, N], or [T, N, D] when continuous",
        "rewards": "rewards that follow the actions, [T, N]",
        "next_obs": "true successors (the final observation at an end), [T, N, O]",
        "terminated": "the transition ended the episode, bool [T, N]",
        "truncated": "the transition was cut by a time limit, bool [T, N]",
        "dones": "terminated or truncated, in the same place, bool [T, N]",
        "dones_before": "CleanRL's `dones`: the flag belongs to obs[t], bool [T, N]",
        "next_done": "CleanRL's flag of the observation after the last step, bool [N]",
        "episode_starts": "SB3's flag: obs[t] begins an episode, bool [T, N]",
        "last_dones": "SB3's flag of the observation after the last step, bool [N]",
        "initial_state": "what a policy with a memory carries into obs[0], [1, N, H] or as its"
        " agent has it; `policy` is then (obs, state, starts) -> (law, state)",
        "discount_t": "RLax's discount: gamma, or 0 where the step terminated, [T, N]",
        "steps": "time since the episode began, int [T, N]",
        "logp": "log pi(a|s) of the policy under training, with its graph, [T, N]",
        "entropy": "entropy of the policy at obs, with its graph, [T, N]",
        "values_new": "V(obs) of the value function under training, with its graph, [T, N]",
        "q_values": "Q(obs) of the network under training, with its graph, [T, N, A]",
        "next_q_values": "Q(next_obs) of the network under training, with its graph, [T, N, A]",
        "next_target_q_values": "Q(next_obs) of the target network, without a graph, [T, N, A]",
        "logp_old": "log pi_old(a|s), [T, N]",
        "values": "V(obs), without a graph, [T, N]",
        "next_values": "V(next_obs), without a graph, [T, N]",
        "last_values": "V after the last step, without a graph, [N]",
        "values_old": "the value predictions stored with the rollout, [T, N]",
        "advantages": "advantages, [T, N]",
        "returns": "value targets, [T, N]",
        "mask": "one where the slot holds a real transition, bool [T, N]",
    }
)
"""What a batch holds: word -> meaning and shape."""

SETTINGS = MappingProxyType(
    {
        "gamma": "discount",
        "gae_lambda": "lambda of the advantage estimator",
        "clip_eps": "half-width of the clip range of the ratio",
        "vf_coef": "weight of the value loss",
        "ent_coef": "weight of the entropy bonus",
        "kl_coef": "weight of the KL penalty",
        "kl": "the measured KL that an adaptive coefficient reacts to",
        "kl_target": "the KL that an adaptive coefficient aims at",
        "max_kl": "delta: the mean KL(pi_old || pi) that a step may reach",
        "damping": "c of the damped operator F + c I",
        "cg_iterations": "the cap of conjugate gradients",
        "cg_tolerance": "of their residual",
        "backtrack_coeff": "by which a line search shortens the step each time",
        "backtracks": "how many parts of the step a line search tries",
    }
)
"""Numbers that a method is set by: word -> what it sets."""

FROZEN = frozenset({"policy_old", "target_q_fn"})
"""Modules that are asked and not trained."""

STEPS = MappingProxyType(
    {
        "vector": "what a Fisher-vector product multiplies, flat over the policy's parameters, [P]",
        "operator": "v -> A v, [P] -> [P], for a symmetric, positive semi-definite A",
        "rhs": "the right side of A x = rhs, [P]",
    }
)
"""What a part of a trust-region step is handed, and nothing else is."""

WORDS = MappingProxyType({**MODULES, **ARRAYS, **SETTINGS, **STEPS})
"""The whole vocabulary."""

WHOLE_NUMBERS = frozenset({"cg_iterations", "backtracks"})
"""Settings that count something, and arrive as `int`."""

ACTION_VALUES = frozenset(
    {"q_fn", "target_q_fn", "q_values", "next_q_values", "next_target_q_values"}
)
"""Names of what gives a value for each action."""

FLAGS = frozenset(
    {"terminated", "truncated", "dones", "dones_before", "next_done", "episode_starts"}
    | {"last_dones", "discount_t"}
)
"""Names through which a function can learn where episodes end."""

SYNONYMS = MappingProxyType(
    {
        spelling: word
        for word, spellings in {
            "policy": "actor pi model",
            "policy_old": "old_policy pi_old actor_old",
            "q_fn": "q_network q_net q_func q_function qf qf_network online_network online_net",
            "target_q_fn": "target_q_network target_q_net target_network target_net q_target",
            "value_fn": "critic vf value_net value_network value_function",
            "obs": "observations observation states state b_obs",
            "actions": "action act acts b_actions",
            "rewards": "reward rew rews",
            "next_obs": "next_observations next_observation next_states obs_next",
            "terminated": "terminations terminal terminals",
            "truncated": "truncations timeouts time_outs",
            "dones": "done",
            "episode_starts": "starts is_first",
            "initial_state": "initial_lstm_state initial_rnn_state initial_hidden_state"
            " hidden_state hidden_states lstm_state lstm_states rnn_state rnn_states",
            "logp": "log_prob log_probs newlogprob new_logprobs log_pi logps",
            "logp_old": "old_logp old_log_prob old_log_probs old_logprobs logprobs b_logprobs"
            " log_prob_old log_probs_old behaviour_log_probs sample_log_prob action_log_prob",
            "values_new": "newvalue new_values values_pred",
            "values": "vals state_value state_values",
            "next_values": "next_state_value next_state_values v_next",
            "last_values": "last_value next_value last_val bootstrap_value",
            "values_old": "old_values b_values",
            "advantages": "adv advs advantage b_advantages",
            "returns": "ret rets value_target value_targets target_values b_returns",
            "gamma": "discount discount_factor",
            "gae_lambda": "lam lmbda lambda_ lambd gae_lam",
            "clip_eps": "clip_coef clip_ratio clip_range clip_epsilon eps_clip clip_param",
            "vf_coef": "value_coef critic_coef critic_coeff value_loss_coef",
            "ent_coef": "entropy_coef entropy_coeff",
            "kl_coef": "beta kl_coeff kl_beta",
            "kl_target": "target_kl d_targ kl_targ",
            "operator": "matvec mvp f_Ax Ax",
            "rhs": "b",
            "max_kl": "delta max_divergence kl_limit max_kl_divergence",
            "damping": "cg_damping damping_coeff damping_coef",
            "cg_iterations": "cg_iters cg_steps cg_max_steps",
            "cg_tolerance": "residual_tol cg_tol",
            "backtrack_coeff": "backtrack_ratio line_search_shrinking_factor",
            "backtracks": "max_backtracks backtrack_iters line_search_max_iter",
            "mask": "loss_mask valid_mask",
        }.items()
        for spelling in spellings.split()
    }
)
"""Another spelling -> the word that it stands for."""
