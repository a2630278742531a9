"""Toni-SM/skrl#224: only termination ends an episode, so credit leaks across a time-out."""

import numpy as np


def gae(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    """Advantages in NumPy, but the recursion reads into the next episode after a time-out."""
    del truncated  # collected, and never looked at
    alive = 1.0 - terminated
    advantages = np.zeros_like(rewards)
    following = np.zeros_like(rewards[0])
    for i in reversed(range(len(rewards))):
        error = rewards[i] - values[i] + gamma * alive[i] * next_values[i]
        following = error + gamma * gae_lambda * alive[i] * following
        advantages[i] = following
    return advantages
