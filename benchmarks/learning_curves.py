"""Does it learn as well as its peers? Curves over seeds, and a test of non-inferiority.

    pip install -c constraints.txt -e '.[bench]'
    OMP_NUM_THREADS=1 python benchmarks/learning_curves.py --seeds 10 --out curves.json

PPO and TRPO of rlcheck, of Stable-Baselines3 and of sb3-contrib, each pair built from one
dictionary, on the same tasks and seeds. A policy is looked at ten times in a run: the mean return
of its most likely actions over ten episodes. rlcheck is "no worse" where the 95 % bootstrap
interval of the difference between the final means lies above minus 5 % of the range of returns;
PPO is held against TRPO in the same way, by both margins.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from training import Settings, copies, learn

from rlcheck.algorithms import ppo, trpo
from rlcheck.algorithms.environments import make_environments

LOOKS, EPISODES = 10, 10
Act = Callable[[np.ndarray], np.ndarray]
Curve = list[float]
Run = Callable[[Settings, int, int], Curve]


@dataclass(frozen=True, kw_only=True)
class Task:
    """An environment, how long is learnt, and the settings of both methods.

    Attributes:
        env: its id.
        steps: of all copies together.
        returns: the worst and the best that an episode can bring.
        shared: settings of both methods.
        ppo: further ones of PPO.
        trpo: further ones of TRPO.
    """

    env: str
    steps: int
    returns: tuple[float, float]
    shared: Settings
    ppo: Settings
    trpo: Settings

    @property
    def margin(self) -> float:
        return 0.05 * (self.returns[1] - self.returns[0])


_TRPO: Settings = {
    "max_divergence": 0.01, "damping": 0.1, "cg_iterations": 15, "shrink": 0.8, "trials": 10,
    "critic_epochs": 10, "minibatch": 128, "learning_rate": 1e-3,
}  # fmt: skip
_PPO: Settings = {
    "clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.0, "max_grad_norm": 0.5, "epochs": 10,
}  # fmt: skip

TASKS = (
    Task(
        env="Acrobot-v1", steps=100_000, returns=(-500.0, 0.0),
        shared={"n_envs": 8, "n_steps": 256, "gamma": 0.99, "gae_lambda": 0.94},
        ppo=_PPO | {"epochs": 4, "minibatch": 128, "learning_rate": 1e-3}, trpo=_TRPO,
    ),
    Task(
        # The worst step costs 16.3, and there are 200.
        env="Pendulum-v1", steps=150_000, returns=(-3255.0, 0.0),
        shared={"n_envs": 4, "n_steps": 512, "gamma": 0.9, "gae_lambda": 0.95},
        ppo=_PPO | {"minibatch": 128, "learning_rate": 1e-3}, trpo=_TRPO,
    ),
    Task(
        env="InvertedPendulum-v5", steps=80_000, returns=(0.0, 1000.0),
        shared={"n_envs": 4, "n_steps": 256, "gamma": 0.99, "gae_lambda": 0.95},
        ppo=_PPO | {"minibatch": 128, "learning_rate": 3e-4}, trpo=_TRPO,
    ),
)  # fmt: skip


def mean_return(env: str, act: Act, seed: int) -> float:
    """Of the first episode in each of ten copies."""
    vector = gymnasium.make_vec(env, num_envs=EPISODES, vectorization_mode="sync")
    obs, _ = vector.reset(seed=seed)
    alive, total = np.ones(EPISODES, dtype=bool), np.zeros(EPISODES)
    while alive.any():
        obs, rewards, terminated, truncated, _ = vector.step(act(obs))
        total += rewards * alive
        alive &= ~(terminated | truncated)
    vector.close()
    return float(total.mean())


def looks(task: Settings) -> Iterator[int]:
    """After how many steps the policy is looked at."""
    return iter(task["steps"] * (k + 1) // LOOKS for k in range(LOOKS))


def ours(module: Any, kind: type) -> Run:
    def run(s: Settings, steps: int, seed: int) -> Curve:
        settings = kind(**{k: v for k, v in s.items() if k not in ("env", "n_envs")})
        environments = make_environments(s["env"], s["n_envs"], native=False)
        space = environments.vector.single_action_space
        curve, done, ahead = [], 0, looks({"steps": steps})
        due = next(ahead)
        for learner, _ in module.train(environments, settings, steps, seed):
            done += s["n_steps"] * s["n_envs"]
            while due is not None and done >= due:
                curve.append(mean_return(s["env"], _most_likely(learner.networks, space), seed))
                due = next(ahead, None)
        return curve

    return run


def _most_likely(networks: Any, space: gymnasium.Space) -> Act:
    @torch.no_grad()
    def act(obs: np.ndarray) -> np.ndarray:
        seen = torch.from_numpy(np.asarray(obs, dtype=np.float32))
        if isinstance(space, gymnasium.spaces.Discrete):
            return networks.actor(seen).argmax(-1).numpy()
        return np.clip(networks.actor_mean(seen).numpy(), space.low, space.high)

    return act


def theirs(make: Callable[[Settings, Any, int], Any]) -> Run:
    def run(s: Settings, steps: int, seed: int) -> Curve:
        from stable_baselines3.common.callbacks import BaseCallback

        class Looking(BaseCallback):
            def _on_training_start(self) -> None:
                self.curve, self.ahead = [], looks({"steps": steps})
                self.due = next(self.ahead)

            def _look(self) -> None:
                while self.due is not None and self.num_timesteps >= self.due:
                    act = lambda obs: self.model.predict(obs, deterministic=True)[0]  # noqa: E731
                    self.curve.append(mean_return(s["env"], act, seed))
                    self.due = next(self.ahead, None)

            # After an update: a new rollout begins, or training ends.
            _on_rollout_start = _on_training_end = _look

            def _on_step(self) -> bool:
                return True

        looking = Looking()
        learn(make(s, copies(s), seed), steps, looking)
        return looking.curve

    return run


_SAME = ("n_steps", "learning_rate", "gamma", "gae_lambda")


def _sb3_ppo(s: Settings, env: Any, seed: int) -> Any:
    from stable_baselines3 import PPO

    return PPO(
        "MlpPolicy", env, seed=seed, device="cpu", batch_size=s["minibatch"],
        n_epochs=s["epochs"], clip_range=s["clip_eps"], vf_coef=s["vf_coef"],
        ent_coef=s["ent_coef"], max_grad_norm=s["max_grad_norm"],
        **{name: s[name] for name in _SAME},
    )  # fmt: skip


def _contrib_trpo(s: Settings, env: Any, seed: int) -> Any:
    from sb3_contrib import TRPO

    return TRPO(
        "MlpPolicy", env, seed=seed, device="cpu", batch_size=s["minibatch"],
        target_kl=s["max_divergence"], cg_damping=s["damping"], cg_max_steps=s["cg_iterations"],
        line_search_shrinking_factor=s["shrink"], line_search_max_iter=s["trials"],
        n_critic_updates=s["critic_epochs"], **{name: s[name] for name in _SAME},
    )  # fmt: skip


METHODS: dict[str, dict[str, Run]] = {
    "ppo": {"rlcheck": ours(ppo, ppo.PPO), "peer": theirs(_sb3_ppo)},
    "trpo": {"rlcheck": ours(trpo, trpo.TRPO), "peer": theirs(_contrib_trpo)},
}


def difference(first: np.ndarray, second: np.ndarray, draws: int = 10_000) -> tuple[float, float]:
    """Of the means of two sets of seeds, 95 % by the bootstrap."""
    random = np.random.default_rng(0)
    means = [random.choice(x, (draws, len(x))).mean(1) for x in (first, second)]
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return float(low), float(high)


def verdict(low: float, high: float, margin: float) -> str:
    """In words."""
    if low > -margin:
        return "alike" if high < margin else "no worse"
    return "worse" if high < -margin else "undecided"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", choices=[task.env for task in TASKS], action="append")
    parser.add_argument("--out", type=Path, help="where every curve is written, as JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    kept = {}
    for task in TASKS:
        if arguments.only and task.env not in arguments.only:
            continue
        finals = {}
        print(f"\n{task.env}, {task.steps:,} steps, margin {task.margin:.0f}", flush=True)
        for method, sides in METHODS.items():
            settings = {"env": task.env, **task.shared, **getattr(task, method)}
            for side, run in sides.items():
                curves = np.array(
                    [run(settings, task.steps, seed) for seed in range(arguments.seeds)]
                )
                kept[f"{task.env} {method} {side}"] = curves.tolist()
                finals[method, side] = curves[:, -1]
                spread = curves[:, -1].std(ddof=1) if arguments.seeds > 1 else 0.0
                mean = curves[:, -1].mean()
                print(f"{method:<6}{side:<10}{mean:>9.1f} ± {spread:.1f}", flush=True)
            low, high = difference(finals[method, "rlcheck"], finals[method, "peer"])
            told = verdict(low, high, task.margin)
            print(f"{method:<6}rlcheck - peer: {low:.1f} to {high:.1f}: {told}")
        low, high = difference(finals["ppo", "rlcheck"], finals["trpo", "rlcheck"])
        print(f"PPO - TRPO: {low:.1f} to {high:.1f}: {verdict(low, high, task.margin)}")
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
