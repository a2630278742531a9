"""A world that only a memory solves: what was shown at first is asked for at the end."""

import gymnasium
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcheck.algorithms.environments import GymnasiumEnvironments
from rlcheck.worlds import TabularMDP
from rlcheck.worlds.gymnasium import to_gymnasium

CUES, WAIT = 2, 1
LOOKS = ("cue 0", "cue 1", "nothing", "question")


def recall(wait: int = WAIT) -> TabularMDP:
    """A cue, `wait` steps of nothing, a question: one point for the action named by the cue."""
    times = wait + 2
    transitions = torch.zeros(CUES * times + 1, CUES, CUES * times + 1, dtype=torch.float64)
    rewards = torch.zeros_like(transitions)
    looks = []
    for cue in range(CUES):
        for time in range(times):
            state = cue * times + time
            last = time == times - 1
            transitions[state, :, -1 if last else state + 1] = 1.0
            looks.append(cue if time == 0 else 3 if last else 2)
            if last:
                rewards[state, cue, -1] = 1.0
    transitions[-1, :, -1] = 1.0
    initial = torch.zeros(CUES * times + 1, dtype=torch.float64)
    initial[[0, times]] = 0.5
    return TabularMDP(
        transitions=transitions,
        rewards=rewards,
        initial=initial,
        terminal=torch.arange(CUES * times + 1) == CUES * times,
        gamma=1.0,
        horizon=times,
        observations=torch.eye(len(LOOKS), dtype=torch.float64)[torch.tensor([*looks, 2])],
        name="recall",
    )


def environments(count: int, mode: AutoresetMode, world: TabularMDP) -> GymnasiumEnvironments:
    def make() -> gymnasium.Env:
        return to_gymnasium(world)

    return GymnasiumEnvironments(SyncVectorEnv([make] * count, autoreset_mode=mode))
