"""Do PPO and TRPO perform alike? The same tasks, steps and seeds, recorded seed by seed.

python benchmarks/ppo_and_trpo.py [--seeds N]

Both take the same number of steps of the same environments in rollouts of the same length, begin
with the same networks, share γ and λ, and go over each rollout ten times with Adam at 1e-3: PPO
with all of its loss, TRPO with the critic's. The rest are the defaults of `rlcheck.algorithms`. The
settings were chosen to be alike, and neither was tuned to a task. Writes `ppo_and_trpo.json` beside
this file, from which `rlcheck docs build` draws a figure.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import gymnasium
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from rlcheck import exact
from rlcheck.algorithms import ppo, trpo
from rlcheck.algorithms.environments import GymnasiumEnvironments, make_environments
from rlcheck.algorithms.experience import collect_episodes
from rlcheck.algorithms.networks import ActorCritic, DiscreteActorCritic
from rlcheck.worlds import TabularMDP, to_gymnasium
from rlcheck.worlds.gallery import cliff_walk, vacuum_corridor

RECORD = Path(__file__).with_name("ppo_and_trpo.json")
COPIES = 8
EPISODES = 100
GAMMA, GAE_LAMBDA = 0.99, 0.95
STEPS, EPOCHS, RATE = 128, 10, 1e-3

CLIP = ppo.PPO(n_steps=STEPS, epochs=EPOCHS, learning_rate=RATE, gamma=GAMMA, gae_lambda=GAE_LAMBDA)
REGION = trpo.TRPO(
    n_steps=STEPS, critic_epochs=EPOCHS, learning_rate=RATE, gamma=GAMMA, gae_lambda=GAE_LAMBDA
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is learnt, and how it is scored.

    Attributes:
        name: for the reader.
        score: what the number of a run is, in words.
        steps: of all copies together.
        make: the environments.
        measure: networks after training -> the score; larger is better.
    """

    name: str
    score: str
    steps: int
    make: Callable[[], GymnasiumEnvironments]
    measure: Callable[[ActorCritic], float]


def _world(world: TabularMDP) -> GymnasiumEnvironments:
    copies = [lambda: to_gymnasium(world)] * COPIES
    return GymnasiumEnvironments(SyncVectorEnv(copies, autoreset_mode=AutoresetMode.SAME_STEP))


def exact_objective(world: TabularMDP) -> Callable[[ActorCritic], float]:
    """J of the trained policy, without sampling."""

    def measure(networks: ActorCritic) -> float:
        assert isinstance(networks, DiscreteActorCritic)
        with torch.no_grad():
            pi = networks.described(world.observations.float()).exp().double()
        return float(exact.objective(world, pi / pi.sum(-1, keepdim=True)))

    return measure


def mean_return(name: str, most_steps: int) -> Callable[[ActorCritic], float]:
    """The mean return of fresh episodes of the trained policy, sampled as it samples."""

    def measure(networks: ActorCritic) -> float:
        environments = make_environments(name, EPISODES, native=False)
        obs = environments.reset(10_000)
        generator = torch.Generator().manual_seed(10_000)
        segment = collect_episodes(environments, networks, obs, most_steps, generator)
        return float(segment.rewards.sum(0).mean())

    return measure


def _tasks() -> Iterator[Task]:
    yield Task(
        name="CartPole-v1",
        score=f"mean return of {EPISODES} episodes",
        steps=24_576,
        make=lambda: make_environments("CartPole-v1", COPIES),
        measure=mean_return("CartPole-v1", 500),
    )
    yield Task(
        name="vacuum corridor",
        score="exact J",
        steps=8_192,
        make=lambda: _world(vacuum_corridor(gamma=GAMMA, time_limit=50)),
        measure=exact_objective(vacuum_corridor(gamma=GAMMA)),
    )
    yield Task(
        name="cliff walk",
        score="exact J",
        steps=24_576,
        make=lambda: _world(cliff_walk(gamma=GAMMA, time_limit=50)),
        measure=exact_objective(cliff_walk(gamma=GAMMA)),
    )


def score(task: Task, algorithm: str, seed: int) -> float:
    """Of one run."""
    environments = task.make()
    if algorithm == "ppo":
        runs = ppo.train(environments, CLIP, task.steps, seed)
    else:
        runs = trpo.train(environments, REGION, task.steps, seed)
    *_, (learner, _) = runs
    return task.measure(learner.networks)


def _recorded(task: Task, seeds: range) -> dict[str, object]:
    scores: dict[str, list[float]] = {"ppo": [], "trpo": []}
    for seed in seeds:
        for algorithm, found in scores.items():
            found.append(score(task, algorithm, seed))
        print(f"{task.name:18} seed {seed:3}  PPO {scores['ppo'][-1]:9.3f}  "
              f"TRPO {scores['trpo'][-1]:9.3f}", flush=True)  # fmt: skip
    return {"task": task.name, "score": task.score, "steps": task.steps, **scores}


def main() -> None:
    """Runs all tasks and writes the record."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=12)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    record = {
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "gymnasium": gymnasium.__version__,
        },
        "seeds": list(seeds),
        "tasks": [_recorded(task, seeds) for task in _tasks()],
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"written to {RECORD.name}")


if __name__ == "__main__":
    sys.exit(main())
