"""PPO as a single file, in the style that people copy; `training.py` times it.

Arrays are filled step by step, log-probabilities and values are computed in the rollout, advantages
by a loop over time, a minibatch by an index into each array. Statistics of the last minibatch are
read back after each step, as such files do for their logs; nothing is written.
"""

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import nn
from torch.distributions import Categorical


def layer(inputs, outputs, std=2**0.5):
    linear = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(linear.weight, std)
    nn.init.constant_(linear.bias, 0.0)
    return linear


class Agent(nn.Module):
    def __init__(self, obs_size, n_actions):
        super().__init__()
        self.critic = nn.Sequential(
            layer(obs_size, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, 1, std=1.0)
        )
        self.actor = nn.Sequential(
            layer(obs_size, 64), nn.Tanh(), layer(64, 64), nn.Tanh(), layer(64, n_actions, std=0.01)
        )

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


def train(s, steps, seed):
    """Trains with a dictionary of settings; nothing is returned."""
    torch.manual_seed(seed)
    make = [lambda: gym.make(s["env"])] * s["n_envs"]
    envs = SyncVectorEnv(make, autoreset_mode=AutoresetMode.SAME_STEP)
    agent = Agent(envs.single_observation_space.shape[0], int(envs.single_action_space.n))
    optimizer = torch.optim.Adam(agent.parameters(), lr=s["learning_rate"], eps=1e-5)
    shape = (s["n_steps"], s["n_envs"])
    obs = torch.zeros(*shape, *envs.single_observation_space.shape)
    actions = torch.zeros(shape, dtype=torch.int64)
    logprobs, rewards, dones, values = (torch.zeros(shape) for _ in range(4))
    next_obs, next_done = torch.as_tensor(envs.reset(seed=seed)[0]), torch.zeros(s["n_envs"])
    for _ in range(-(-steps // (s["n_steps"] * s["n_envs"]))):
        for step in range(s["n_steps"]):
            obs[step], dones[step] = next_obs, next_done
            with torch.no_grad():
                action, logprob, _, value = agent.get_action_and_value(next_obs)
                values[step] = value.flatten()
            actions[step], logprobs[step] = action, logprob
            next_obs, reward, terminated, truncated, infos = envs.step(action.numpy())
            rewards[step] = torch.as_tensor(reward).view(-1)
            for i in np.flatnonzero(truncated & ~terminated):
                with torch.no_grad():
                    final = torch.as_tensor(infos["final_obs"][i])
                    rewards[step, i] += s["gamma"] * agent.get_value(final).item()
            next_obs = torch.as_tensor(next_obs)
            next_done = torch.as_tensor(np.logical_or(terminated, truncated)).float()
        with torch.no_grad():
            advantages = gae(s, rewards, values, dones, agent.get_value(next_obs)[:, 0], next_done)
            returns = advantages + values
        update(s, agent, optimizer, *(x.flatten(0, 1) for x in (obs, actions, logprobs)),
               *(x.flatten() for x in (advantages, returns)))  # fmt: skip
    envs.close()


def gae(s, rewards, values, dones, next_value, next_done):
    advantages, later = torch.zeros_like(rewards), 0.0
    for t in reversed(range(s["n_steps"])):
        last = t == s["n_steps"] - 1
        going_on = 1.0 - (next_done if last else dones[t + 1])
        following = next_value if last else values[t + 1]
        delta = rewards[t] + s["gamma"] * following * going_on - values[t]
        advantages[t] = later = delta + s["gamma"] * s["gae_lambda"] * going_on * later
    return advantages


def update(s, agent, optimizer, obs, actions, logprobs, advantages, returns):
    inds, clipfracs = np.arange(len(obs)), []
    for _ in range(s["epochs"]):
        np.random.shuffle(inds)  # noqa: NPY002 - as such files do
        for start in range(0, len(obs), s["minibatch"]):
            mb = inds[start : start + s["minibatch"]]
            _, newlogprob, entropy, newvalue = agent.get_action_and_value(obs[mb], actions[mb])
            logratio = newlogprob - logprobs[mb]
            ratio = logratio.exp()
            with torch.no_grad():
                approx_kl = ((ratio - 1) - logratio).mean()
                clipfracs.append(((ratio - 1.0).abs() > s["clip_eps"]).float().mean().item())
            mb_adv = advantages[mb]
            mb_adv = (mb_adv - mb_adv.mean()) / (mb_adv.std() + 1e-8)
            clipped = torch.clamp(ratio, 1 - s["clip_eps"], 1 + s["clip_eps"])
            pg_loss = torch.max(-mb_adv * ratio, -mb_adv * clipped).mean()
            v_loss = ((newvalue.view(-1) - returns[mb]) ** 2).mean()
            loss = pg_loss - s["ent_coef"] * entropy.mean() + v_loss * s["vf_coef"]
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), s["max_grad_norm"])
            optimizer.step()
    return approx_kl.item(), np.mean(clipfracs)
