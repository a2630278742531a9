"""On worlds whose best policy is known each algorithm comes close to it, on every seed.

Close is 95 % of the way in J from the uniform policy to the best one, both exact. Methods of action
values are judged by their greedy policy, the others by the policy that they play.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from rlcheck import exact
from rlcheck.algorithms import a2c, dqn, ppo, q_learning, reinforce, trpo
from rlcheck.worlds import TabularMDP
from rlcheck.worlds.gallery import vacuum_corridor
from tests.unit.algorithms.worlds import NAMED, best, environments_of, greedy, share_of_the_way

CLOSE = 0.95
SEEDS = range(10)


@dataclass(frozen=True, kw_only=True)
class Run:
    """How an algorithm is trained on a world, and what it plays then.

    Attributes:
        train: (environments, gamma, steps, seed) -> a learner.
        plays: (learner, observations) -> pi, [S, A].
        count: copies of the environment.
        steps: of all copies together; with REINFORCE, updates.
    """

    train: Callable[..., Any]
    plays: Callable[[Any, Tensor], Tensor]
    count: int
    steps: int


def _greedy(learner: Any, obs: Tensor) -> Tensor:
    return greedy(learner.networks(obs))


def _drawn(learner: Any, obs: Tensor) -> Tensor:
    return learner.networks.actor(obs).to(torch.float64).softmax(-1)


def _last(module: Any, settings: Any) -> Callable[..., Any]:
    def train(environments: Any, gamma: float, steps: int, seed: int) -> Any:
        *_, (learner, _) = module.train(environments, settings(gamma), steps, seed)
        return learner

    return train


RUNS = {
    "q-learning": Run(
        train=_last(
            q_learning,
            lambda gamma: q_learning.QLearning(learning_rate=0.3, gamma=gamma, epsilon=0.3),
        ),
        plays=_greedy, count=8, steps=30_000,
    ),
    "dqn": Run(
        train=_last(
            dqn,
            lambda gamma: dqn.DQN(
                learning_rate=1e-3, gamma=gamma, minibatch=128, learning_starts=500, train_every=8,
                target_every=160, epsilon_end=0.2, epsilon_steps=5_000, width=32,
            ),
        ),
        plays=_greedy, count=8, steps=30_000,
    ),
    "ppo": Run(
        train=_last(
            ppo,
            lambda gamma: ppo.PPO(
                n_steps=64, epochs=8, minibatch=128, learning_rate=1e-3, ent_coef=0.02, gamma=gamma
            ),
        ),
        plays=_drawn, count=8, steps=30_000,
    ),
    "a2c": Run(
        train=_last(
            a2c,
            lambda gamma: a2c.A2C(n_steps=16, learning_rate=1.5e-3, ent_coef=0.01, gamma=gamma),
        ),
        plays=_drawn, count=16, steps=60_000,
    ),
    "trpo": Run(
        train=_last(
            trpo, lambda gamma: trpo.TRPO(n_steps=128, gamma=gamma, max_divergence=0.01)
        ),
        plays=_drawn, count=16, steps=60_000,
    ),
    "reinforce": Run(
        train=_last(
            reinforce, lambda gamma: reinforce.Reinforce(learning_rate=3e-3, gamma=gamma)
        ),
        plays=_drawn, count=16, steps=400,
    ),
}  # fmt: skip


def played(run: Run, world: TabularMDP, seed: int) -> Tensor:
    """What is played after training, in every state of the world."""
    learner = run.train(environments_of(world, run.count), world.gamma, run.steps, seed)
    with torch.no_grad():
        return run.plays(learner, world.observations.to(torch.float32))


@pytest.mark.thorough
@pytest.mark.parametrize("world", NAMED)
@pytest.mark.parametrize("name", RUNS)
def test_it_comes_close_to_the_best_policy_on_every_seed(name, world):
    shares = [share_of_the_way(NAMED[world], played(RUNS[name], NAMED[world], s)) for s in SEEDS]
    assert min(shares) >= CLOSE, shares


@pytest.mark.parametrize("seed", range(2))
def test_q_learning_comes_close_in_a_small_world(seed):
    run = replace(RUNS["q-learning"], steps=4_000)
    world = NAMED["two-state-chain"]
    assert share_of_the_way(world, played(run, world, seed)) >= CLOSE


def test_a_policy_that_is_not_close_is_told_from_one_that_is():
    for world in NAMED.values():
        assert share_of_the_way(world, best(world)) == pytest.approx(1.0)
        worst = greedy(-exact.action_values(world, best(world)))
        assert share_of_the_way(world, worst) < CLOSE


def test_the_best_policy_is_the_gallery_s_own():
    chain = NAMED["two-state-chain"]
    assert float(exact.objective(chain, best(chain))) == pytest.approx(270 / 31)
    cliff = NAMED["cliff-walk"]
    # Five steps along the edge, each of which costs one.
    assert float(exact.objective(cliff, best(cliff))) == pytest.approx(-(1 - 0.9**5) / 0.1)


def _deterministic(world: TabularMDP) -> Iterator[Tensor]:
    """Every policy of one action for each observation."""
    _, look = torch.unique(world.observations, dim=0, return_inverse=True)
    for actions in product(range(world.n_actions), repeat=int(look.max()) + 1):
        yield nn.functional.one_hot(torch.tensor(actions)[look], world.n_actions).double()


def test_in_the_aliased_corridor_no_deterministic_policy_is_good_enough():
    """-5.5 is the best that one action for each observation reaches, -2.437 that a policy does."""
    world = vacuum_corridor()
    best_deterministic = max(float(exact.objective(world, pi)) for pi in _deterministic(world))
    stochastic = torch.tensor([[0, 1], [0.5, 0.5], [1, 0], [0.5, 0.5], [1, 0]]).double()
    assert best_deterministic == pytest.approx(-5.5)
    best_of_all = float(exact.objective(world, stochastic))
    assert best_of_all == pytest.approx(-(1 + 0.9 / 2) / (1 - 0.81 / 2))
    assert best_deterministic < best_of_all - 3


@pytest.mark.thorough
def test_in_the_aliased_corridor_a_policy_gradient_learns_what_q_learning_cannot():
    """Greedy Q is deterministic: below -5.5 whatever it learns. A policy has no such bar."""
    world = vacuum_corridor(time_limit=50)
    cannot = [
        float(exact.objective(world, played(replace(RUNS[name], steps=8_000), world, 0)))
        for name in ("q-learning", "dqn")
    ]
    reinforced = played(RUNS["reinforce"], world, 0)
    # Rows sum to one in float32 only.
    can = float(exact.objective(world, reinforced / reinforced.sum(-1, keepdim=True)))
    assert max(cannot) <= -5.5 + 1e-9
    assert can > -3
