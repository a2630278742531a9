"""How long does learning CartPole-v1 take, each side at its own best?

    pip install -c constraints.txt -e '.[bench]'
    OMP_NUM_THREADS=1 python benchmarks/time_to_475.py --seeds 30

A run is over when the greedy policy has a mean return of 475 over 20 episodes, twice in a row;
looked at every 1,024 steps or with the next update, and the looking is not counted. Stable-
Baselines3 and sb3-contrib run with the settings that their zoo tuned for this task, a loop over
copies and no loggers; rlcheck runs on Gymnasium's native vector form. Seeds alternate between the
two. Medians, and 95 % bootstrap intervals of the ratio of medians; a run that does not get there
counts as infinitely long.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from training import copies, learn

from rlcheck.algorithms import a2c, ppo, trpo
from rlcheck.algorithms.environments import make_environments

ENV, GOAL, EPISODES, EVERY, MOST = "CartPole-v1", 475.0, 20, 1024, 200_000
Policy = Callable[[torch.Tensor], torch.Tensor]


@dataclass
class Watch:
    """Counts steps and time of learning, and looks at the policy now and then."""

    seed: int
    looking: float = 0.0
    next_look: int = EVERY
    in_a_row: int = 0

    def __post_init__(self) -> None:
        self.start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.start - self.looking

    def is_over(self, steps: int, policy: Policy) -> bool:
        if steps < self.next_look or self.in_a_row == 2:
            return self.in_a_row == 2
        begun = time.perf_counter()
        self.next_look = steps + EVERY
        good = mean_return(policy, 10_000 + self.seed) >= GOAL
        self.in_a_row = self.in_a_row + 1 if good else 0
        self.looking += time.perf_counter() - begun
        return self.in_a_row == 2


@torch.no_grad()
def mean_return(policy: Policy, seed: int) -> float:
    """Of the first episode in each of 20 copies."""
    environments = make_environments(ENV, EPISODES)
    obs, alive = environments.reset(seed), torch.ones(EPISODES, dtype=torch.bool)
    total = torch.zeros(EPISODES)
    while bool(alive.any()):
        step = environments.step(policy(obs))
        total += step.rewards * alive
        alive &= ~(step.terminated | step.truncated)
        obs = step.obs
    return float(total.mean())


Outcome = tuple[float, float]  # steps and seconds, infinite where the goal was not reached
FAILED: Outcome = (np.inf, np.inf)


def ours(module: Any, settings: Any, count: int) -> Callable[[int], Outcome]:
    def run(seed: int) -> Outcome:
        watch, steps = Watch(seed), 0
        for learner, _ in module.train(make_environments(ENV, count), settings, MOST, seed):
            steps += settings.n_steps * count
            networks = learner.networks
            if watch.is_over(steps, lambda obs, actor=networks.actor: actor(obs).argmax(-1)):
                return steps, watch.seconds
        return FAILED

    return run


def theirs(make: Callable[[Any, int], Any], count: int) -> Callable[[int], Outcome]:
    def run(seed: int) -> Outcome:
        from stable_baselines3.common.callbacks import BaseCallback

        class Looking(BaseCallback):
            over: Outcome = FAILED

            def _on_rollout_start(self) -> None:
                policy = self.model.policy
                if watch.is_over(self.num_timesteps, lambda obs: policy._predict(obs, True)):
                    self.over = self.num_timesteps, watch.seconds

            def _on_step(self) -> bool:
                return self.over == FAILED

        watch, callback = Watch(seed), Looking()
        model = make(copies({"env": ENV, "n_envs": count}), seed)
        learn(model, MOST, callback)
        return callback.over

    return run


def zoo_ppo(env: Any, seed: int) -> Any:
    from stable_baselines3 import PPO

    return PPO(
        "MlpPolicy", env, seed=seed, device="cpu", n_steps=32, batch_size=256, gae_lambda=0.8,
        gamma=0.98, n_epochs=20, ent_coef=0.0, learning_rate=lambda left: left * 0.001,
        clip_range=lambda left: left * 0.2,
    )  # fmt: skip


def zoo_a2c(env: Any, seed: int) -> Any:
    from stable_baselines3 import A2C

    return A2C("MlpPolicy", env, seed=seed, device="cpu", ent_coef=0.0)


def zoo_trpo(env: Any, seed: int) -> Any:
    from sb3_contrib import TRPO

    return TRPO(
        "MlpPolicy", env, seed=seed, device="cpu", n_steps=512, batch_size=512, cg_damping=1e-3,
        gae_lambda=0.98, gamma=0.99, learning_rate=1e-3, n_critic_updates=20,
    )  # fmt: skip


# Name -> ours, theirs.
TASKS: dict[str, tuple[Callable[[int], Outcome], Callable[[int], Outcome]]] = {
    "PPO": (
        ours(
            ppo,
            ppo.PPO(n_steps=32, epochs=10, minibatch=256, learning_rate=2e-3, gae_lambda=0.95),
            8,
        ),
        theirs(zoo_ppo, 8),
    ),
    "A2C": (
        ours(a2c, a2c.A2C(n_steps=32, learning_rate=3e-3, gamma=0.98, gae_lambda=0.98), 8),
        theirs(zoo_a2c, 8),
    ),
    "TRPO": (
        ours(
            trpo,
            trpo.TRPO(
                n_steps=32, damping=1e-3, gae_lambda=0.98, minibatch=256, critic_epochs=20,
                learning_rate=3e-3,
            ),
            16,
        ),
        theirs(zoo_trpo, 2),
    ),
}  # fmt: skip


def ratio_interval(ours: np.ndarray, theirs: np.ndarray, draws: int = 10_000) -> str:
    """Of median(ours) / median(theirs), 95 %."""
    random = np.random.default_rng(0)
    found = [np.median(random.choice(x, (draws, len(x))), axis=1) for x in (ours, theirs)]
    low, high = np.quantile(found[0] / found[1], [0.025, 0.975])
    return f"{np.median(ours) / np.median(theirs):.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--only", choices=list(TASKS), action="append")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for task in arguments.only or TASKS:
        sides = TASKS[task]
        found = [np.array(side) for side in zip(*(
            [run(seed) for run in sides] for seed in range(arguments.seeds)
        ), strict=True)]  # fmt: skip
        print(f"\n{task:<12}{'steps':>10}{'seconds':>10}{'failed':>10}")
        for name, outcomes in zip(("rlcheck", "theirs"), found, strict=True):
            steps, seconds = np.median(outcomes, axis=0)
            failed = int(np.isinf(outcomes[:, 0]).sum())
            print(f"{name:<12}{steps:>10,.0f}{seconds:>10.2f}{failed:>10}")
        told = [ratio_interval(found[0][:, k], found[1][:, k]) for k in range(2)]
        print(f"ratio of medians: steps {told[0]}, seconds {told[1]}")


if __name__ == "__main__":
    main()
