"""How many environment steps a second does a whole training loop make?

    pip install -c constraints.txt -e '.[bench]'
    OMP_NUM_THREADS=1 python benchmarks/training.py

CartPole-v1, 8 environments in one loop over copies, one thread, loggers off, no monitors. Every
contender is built from the same dictionary. Runs alternate, in an order that is turned round each
time; a ratio is taken within a round, and its interval by the bootstrap over rounds.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import single_file_ppo
import torch

from rlcheck.algorithms import a2c, ppo, trpo
from rlcheck.algorithms.environments import make_environments

Settings = dict[str, Any]
Run = Callable[[Settings, int, int], None]

COMMON: Settings = {"env": "CartPole-v1", "n_envs": 8, "gamma": 0.99}
PPO: Settings = COMMON | {
    "n_steps": 128, "minibatch": 256, "learning_rate": 2.5e-4, "gae_lambda": 0.95,
    "clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01, "max_grad_norm": 0.5,
}  # fmt: skip
A2C: Settings = COMMON | {
    "n_steps": 5, "learning_rate": 7e-4, "gae_lambda": 1.0, "vf_coef": 0.5, "ent_coef": 0.01,
    "max_grad_norm": 0.5,
}  # fmt: skip
TRPO: Settings = COMMON | {
    "n_steps": 256, "max_divergence": 0.01, "damping": 0.1, "cg_iterations": 15, "shrink": 0.8,
    "trials": 10, "gae_lambda": 0.95, "learning_rate": 1e-3, "critic_epochs": 10, "minibatch": 128,
}  # fmt: skip


def ours(module: Any, kind: type) -> Run:
    def run(s: Settings, steps: int, seed: int) -> None:
        settings = kind(**{k: v for k, v in s.items() if k not in ("env", "n_envs")})
        environments = make_environments(s["env"], s["n_envs"], native=False)
        for _ in module.train(environments, settings, steps, seed):
            pass

    return run


def copies(s: Settings) -> Any:
    from stable_baselines3.common.vec_env import DummyVecEnv

    return DummyVecEnv([lambda: gymnasium.make(s["env"])] * s["n_envs"])


def learn(model: Any, steps: int, callback: Any = None) -> None:
    from stable_baselines3.common.logger import Logger

    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(steps, callback)


def sb3_ppo(s: Settings, steps: int, seed: int) -> None:
    import stable_baselines3

    same = ("n_steps", "learning_rate", "gamma", "gae_lambda", "vf_coef", "ent_coef")
    model = stable_baselines3.PPO(
        "MlpPolicy", copies(s), seed=seed, device="cpu", batch_size=s["minibatch"],
        n_epochs=s["epochs"], clip_range=s["clip_eps"], max_grad_norm=s["max_grad_norm"],
        **{name: s[name] for name in same},
    )  # fmt: skip
    learn(model, steps)


def sb3_a2c(s: Settings, steps: int, seed: int) -> None:
    import stable_baselines3

    same = ("n_steps", "learning_rate", "gamma", "gae_lambda", "vf_coef", "ent_coef")
    model = stable_baselines3.A2C(
        "MlpPolicy", copies(s), seed=seed, device="cpu", max_grad_norm=s["max_grad_norm"],
        **{name: s[name] for name in same},
    )  # fmt: skip
    learn(model, steps)


def sb3_trpo(s: Settings, steps: int, seed: int) -> None:
    import sb3_contrib

    same = ("n_steps", "learning_rate", "gamma", "gae_lambda")
    model = sb3_contrib.TRPO(
        "MlpPolicy", copies(s), seed=seed, device="cpu", batch_size=s["minibatch"],
        target_kl=s["max_divergence"], cg_damping=s["damping"], cg_max_steps=s["cg_iterations"],
        line_search_shrinking_factor=s["shrink"], line_search_max_iter=s["trials"],
        n_critic_updates=s["critic_epochs"], **{name: s[name] for name in same},
    )  # fmt: skip
    learn(model, steps)


OURS = "rlcheck"
TASKS: dict[str, tuple[Settings, dict[str, Run]]] = {
    f"PPO, {epochs} epochs": (
        PPO | {"epochs": epochs},
        {OURS: ours(ppo, ppo.PPO), "Stable-Baselines3": sb3_ppo,
         "single file": single_file_ppo.train},
    )
    for epochs in (4, 10)
}  # fmt: skip
TASKS["A2C"] = (A2C, {OURS: ours(a2c, a2c.A2C), "Stable-Baselines3": sb3_a2c})
TASKS["TRPO"] = (TRPO, {OURS: ours(trpo, trpo.TRPO), "sb3-contrib": sb3_trpo})


def measure(
    settings: Settings, runs: dict[str, Run], steps: int, rounds: int
) -> dict[str, np.ndarray]:
    """Steps a second of each contender, one number a round."""
    whole = settings["n_steps"] * settings["n_envs"]
    steps = -(-steps // whole) * whole
    found: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run(settings, whole, 0)  # imports and first calls
    for count in range(rounds):
        for name in list(runs)[:: 1 if count % 2 == 0 else -1]:
            start = time.perf_counter()
            runs[name](settings, steps, count)
            found[name].append(steps / (time.perf_counter() - start))
    return {name: np.array(rates) for name, rates in found.items()}


def interval(ratios: np.ndarray, draws: int = 10_000) -> tuple[float, float]:
    """Of the median, 95 % by the bootstrap."""
    random = np.random.default_rng(0)
    picked = random.choice(ratios, (draws, len(ratios)))
    low, high = np.quantile(np.median(picked, axis=1), [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--only", choices=list(TASKS), action="append")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for task in arguments.only or TASKS:
        found = measure(*TASKS[task], arguments.steps, arguments.rounds)
        print(f"\n{task:<22}{'steps/s':>10}{'ours is':>10}{'95 %':>16}")
        for name, rates in found.items():
            ratios = found[OURS] / rates
            low, high = interval(ratios)
            told = "" if name == OURS else f"{low:>9.2f} to {high:.2f}"
            print(f"{name:<22}{np.median(rates):>10,.0f}{np.median(ratios):>9.2f}x{told:>16}")


if __name__ == "__main__":
    main()
