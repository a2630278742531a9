"""natolambert/rlhf-book#216: the advantage is r - V(s), and nothing of the future is credited."""


def loss(policy, obs, actions, rewards, values, gamma):
    """REINFORCE with a baseline, but without the return."""
    total = 0.0
    for t in range(len(rewards)):
        advantage = rewards[t] - values[t]
        total = total - gamma**t * policy(obs[t]).log_prob(actions[t]) * advantage
    return total.mean()
