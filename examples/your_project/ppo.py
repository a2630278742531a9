"""PPO in a single file, on CartPole: `python ppo.py --total-timesteps 50000`."""

import argparse
import random
from collections import deque

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import RecordEpisodeStatistics
from torch import nn
from torch.distributions import Categorical


def layer_init(layer, std=2**0.5, bias_const=0.0):
    nn.init.orthogonal_(layer.weight, std)
    nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self, envs):
        super().__init__()
        n_obs = int(np.prod(envs.single_observation_space.shape))
        n_actions = int(envs.single_action_space.n)
        self.critic = nn.Sequential(
            layer_init(nn.Linear(n_obs, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, 1), std=1.0),
        )
        self.actor = nn.Sequential(
            layer_init(nn.Linear(n_obs, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, n_actions), std=0.01),
        )

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


def compute_gae(rewards, values, dones, next_value, next_done, gamma, gae_lambda):
    """Advantages and returns; dones[t] belongs to obs[t]: it says that an episode begins there."""
    going_on = 1.0 - torch.cat([dones[1:], next_done.unsqueeze(0)])
    nextvalues = torch.cat([values[1:], next_value.unsqueeze(0)])
    deltas = rewards + gamma * going_on * nextvalues - values
    advantages = torch.zeros_like(rewards)
    lastgaelam = torch.zeros_like(next_value)
    for t in reversed(range(len(rewards))):
        lastgaelam = deltas[t] + gamma * gae_lambda * going_on[t] * lastgaelam
        advantages[t] = lastgaelam
    return advantages, advantages + values


def minibatches(batch, size):
    """Every row of the batch once, in a new order, `size` rows at a time."""
    order = torch.randperm(len(batch[0]))
    for inds in order.split(size):
        yield [array[inds] for array in batch]


def normalize(advantages):
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


def ppo_loss(agent, obs, actions, logprobs, advantages, returns, clip_coef, ent_coef, vf_coef):
    _, newlogprob, entropy, newvalue = agent.get_action_and_value(obs, actions)
    ratio = (newlogprob - logprobs).exp()

    pg_loss1 = -advantages * ratio
    pg_loss2 = -advantages * torch.clamp(ratio, 1 - clip_coef, 1 + clip_coef)
    pg_loss = torch.max(pg_loss1, pg_loss2).mean()

    v_loss = 0.5 * ((newvalue.squeeze(-1) - returns) ** 2).mean()
    return pg_loss + vf_coef * v_loss - ent_coef * entropy.mean()


def make_env():
    return RecordEpisodeStatistics(gym.make("CartPole-v1"))


def main(argv=None):
    args = parse_args(argv)
    random.seed(args.seed)
    torch.manual_seed(args.seed)

    # The default autoreset spends a step on the reset, and that step is no transition.
    envs = SyncVectorEnv([make_env] * args.num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
    agent = Agent(envs)
    optimizer = torch.optim.Adam(agent.parameters(), lr=args.learning_rate, eps=1e-5)

    shape = (args.num_steps, args.num_envs)
    obs = torch.zeros(*shape, *envs.single_observation_space.shape)
    actions = torch.zeros(shape, dtype=torch.int64)
    logprobs, rewards, dones, values = (torch.zeros(shape) for _ in range(4))
    episodes = deque(maxlen=20)

    next_obs = torch.as_tensor(envs.reset(seed=args.seed)[0])
    next_done = torch.zeros(args.num_envs)
    num_iterations = max(1, args.total_timesteps // (args.num_steps * args.num_envs))
    for iteration in range(num_iterations):
        optimizer.param_groups[0]["lr"] = (1 - iteration / num_iterations) * args.learning_rate

        for step in range(args.num_steps):
            obs[step], dones[step] = next_obs, next_done
            with torch.no_grad():
                action, logprob, _, value = agent.get_action_and_value(next_obs)
            actions[step], logprobs[step], values[step] = action, logprob, value.squeeze(-1)

            next_obs, reward, terminations, truncations, infos = envs.step(action.numpy())
            rewards[step] = torch.as_tensor(reward)
            for i in np.flatnonzero(truncations & ~terminations):
                # The time limit is not an end of the task: what would have followed is added.
                final_obs = torch.as_tensor(infos["final_obs"][i])
                with torch.no_grad():
                    rewards[step, i] += args.gamma * agent.get_value(final_obs).item()
            next_obs = torch.as_tensor(next_obs)
            next_done = torch.as_tensor(terminations | truncations).float()
            if "final_info" in infos:
                ended = infos["final_info"]["episode"]
                episodes.extend(ended["r"][ended["_r"]])

        with torch.no_grad():
            next_value = agent.get_value(next_obs).squeeze(-1)
            advantages, returns = compute_gae(
                rewards, values, dones, next_value, next_done, args.gamma, args.gae_lambda
            )

        batch = [a.flatten(0, 1) for a in (obs, actions, logprobs, advantages, returns)]
        for _ in range(args.update_epochs):
            for b_obs, b_act, b_logp, b_adv, b_ret in minibatches(batch, args.minibatch_size):
                loss = ppo_loss(
                    agent,
                    b_obs,
                    b_act,
                    b_logp,
                    normalize(b_adv),
                    b_ret,
                    args.clip_coef,
                    args.ent_coef,
                    args.vf_coef,
                )
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), args.max_grad_norm)
                optimizer.step()

        if episodes and (iteration + 1) % 10 == 0:
            steps = (iteration + 1) * args.num_steps * args.num_envs
            print(f"{steps} steps: return {np.mean(episodes):.1f}", flush=True)
    envs.close()
    return float(np.mean(episodes))


def parse_args(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--total-timesteps", type=int, default=100_000)
    parser.add_argument("--learning-rate", type=float, default=2.5e-4)
    parser.add_argument("--num-envs", type=int, default=4)
    parser.add_argument("--num-steps", type=int, default=128)
    parser.add_argument("--minibatch-size", type=int, default=128)
    parser.add_argument("--update-epochs", type=int, default=4)
    parser.add_argument("--gamma", type=float, default=0.99)
    parser.add_argument("--gae-lambda", type=float, default=0.95)
    parser.add_argument("--clip-coef", type=float, default=0.2)
    parser.add_argument("--ent-coef", type=float, default=0.01)
    parser.add_argument("--vf-coef", type=float, default=0.5)
    parser.add_argument("--max-grad-norm", type=float, default=0.5)
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
