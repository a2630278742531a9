"""Agents with a memory in other people's forms, right and wrong; plain modules."""

from itertools import pairwise

import torch
from torch import nn
from torch.distributions import Categorical


class LSTMAgent(nn.Module):
    """An LSTM in a loop over steps, as CleanRL's; what it does with flags is said by a class."""

    def __init__(self, envs) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(envs.single_observation_space.shape[0], 6), nn.Tanh()
        )
        self.lstm = nn.LSTM(6, 5)
        self.actor = nn.Linear(5, envs.single_action_space.n)
        self.critic = nn.Linear(5, 1)

    def before(self, state, begins):
        return tuple((1.0 - begins).view(1, -1, 1) * part for part in state)

    def after(self, state, begins):
        return state

    def states(self, x, state, done):
        columns = state[0].shape[1]
        hidden = self.network(x).reshape(-1, columns, 6)
        rows = []
        for h, begins in zip(hidden, done.reshape(-1, columns), strict=True):
            found, state = self.lstm(h.unsqueeze(0), self.before(state, begins))
            state = self.after(state, begins)
            rows.append(found)
        return torch.cat(rows).flatten(0, 1), state

    def get_value(self, x, state, done):
        return self.critic(self.states(x, state, done)[0])

    def get_action_and_value(self, x, state, done, action=None):
        hidden, state = self.states(x, state, done)
        law = Categorical(logits=self.actor(hidden))
        action = law.sample() if action is None else action
        return action, law.log_prob(action), law.entropy(), self.critic(hidden), state


class ResetsLate(LSTMAgent):
    def before(self, state, begins):
        return state

    def after(self, state, begins):
        return LSTMAgent.before(self, state, begins)


class NeverResets(LSTMAgent):
    def before(self, state, begins):
        return state


class Detaches(LSTMAgent):
    def after(self, state, begins):
        return tuple(part.detach() for part in state)


class DetachesBefore(LSTMAgent):
    def before(self, state, begins):
        return LSTMAgent.before(self, tuple(part.detach() for part in state), begins)


class WholeSequences(nn.Module):
    """A GRU over stretches of time: one call from one beginning of an episode to the next."""

    def __init__(self, envs) -> None:
        super().__init__()
        self.gru = nn.GRU(envs.single_observation_space.shape[0], 5)
        self.heads = nn.Linear(5, envs.single_action_space.n + 1)

    def states(self, x, state, starts):
        columns = state.shape[1]
        x, starts = x.reshape(-1, columns, x.shape[-1]), starts.reshape(-1, columns) != 0
        rows = [0, *(t for t in range(1, len(x)) if bool(starts[t].any())), len(x)]
        found = []
        for first, end in pairwise(rows):
            state = state.masked_fill(starts[first].view(1, -1, 1), 0.0)
            hidden, state = self.gru(x[first:end], state)
            found.append(hidden)
        return torch.cat(found).flatten(0, 1), state

    def get_value(self, x, state, starts):
        return self.heads(self.states(x, state, starts)[0])[..., -1:]

    def get_action_and_value(self, x, state, starts, action=None):
        hidden, state = self.states(x, state, starts)
        out = self.heads(hidden)
        law = Categorical(logits=out[..., :-1])
        action = law.sample() if action is None else action
        return action, law.log_prob(action), law.entropy(), out[..., -1:], state


class OnlyTheFirstBeginning(WholeSequences):
    """One call over the whole segment: only its first row may begin an episode."""

    def states(self, x, state, starts):
        first = torch.zeros_like(starts.reshape(-1, state.shape[1]))
        first[0] = starts.reshape(-1, state.shape[1])[0]
        return super().states(x, state, first)
