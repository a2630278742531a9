"""Each algorithm's whole update behind rlcheck's own door, as anybody's agent comes through it.

Every class takes a batch apart in `load` and learns from it in `update`, nothing more: what is
judged is the step that `rlcheck train` takes. An update is one step on the whole batch here, and
neither whitens nor shortens its gradient: those are conventions, which the verdict would name.

    rlcheck verify rlcheck.training.updates:QLearningUpdate --claim q-learning --set gamma=0.875
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from rlcheck.algorithms import a2c, dqn, ppo, ppo_recurrent, q_learning, reinforce, trpo
from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.experience import Experience, Segment
from rlcheck.algorithms.networks import Evaluation, layers, make_networks
from rlcheck.algorithms.recurrent_networks import make_recurrent_networks
from rlcheck.algorithms.sequences import Sequences
from rlcheck.algorithms.transitions import ReplayMemory, Transitions
from rlcheck.subjects import Subject

Kind = Literal["discrete", "continuous"]
Batch = Mapping[str, Tensor]
WHOLE = 10_000
"""More rows than a batch has: an update that takes minibatches of so many takes one."""

_ACTIONS: dict[Kind, Actions] = {
    "discrete": Actions(kind="discrete", size=2),
    "continuous": Actions(kind="continuous", size=1),
}


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


class _ActorCriticUpdate:
    """What PPO, A2C and TRPO have in common: rows with credit."""

    def __init__(self, make: Callable[..., Any], settings: Any, kind: Kind) -> None:
        self.agent = make_networks(4, _ACTIONS[kind], seed=0, width=6)
        self.learner = make(networks=self.agent, settings=settings, generator=_generator())

    def load(self, batch: Batch) -> None:
        names = ("logp_old", "values_old", "advantages", "returns")
        self.experience = Experience(
            obs=batch["obs"].flatten(0, 1),
            actions=batch["actions"].flatten(0, 1),
            **{name: batch[name].flatten() for name in names},
        )

    def update(self) -> None:
        self.learner.update(self.experience)


PPO = ppo.PPO(
    epochs=1, minibatch=WHOLE, whiten=False, clip_eps=0.2, vf_coef=0.5, ent_coef=0.01,
    max_grad_norm=None,
)  # fmt: skip
A2C = a2c.A2C(vf_coef=0.5, ent_coef=0.01, max_grad_norm=None)
TRPO = trpo.TRPO(critic_epochs=1, whiten=False, shrink=0.75, trials=8, cg_tolerance=1e-8)
RECURRENT = ppo_recurrent.RecurrentPPO(
    epochs=1, environments_at_once=WHOLE, whiten=False, max_grad_norm=None, clip_eps=0.25,
    vf_coef=0.5, ent_coef=0.0625,
)  # fmt: skip
GAMMA = 0.875


class PPOUpdate(_ActorCriticUpdate):
    """PPO's."""

    def __init__(self, settings: ppo.PPO = PPO, kind: Kind = "discrete") -> None:
        super().__init__(ppo.Learner, settings, kind)


class A2CUpdate(_ActorCriticUpdate):
    """A2C's."""

    def __init__(self, settings: a2c.A2C = A2C, kind: Kind = "discrete") -> None:
        super().__init__(a2c.Learner, settings, kind)


class TRPOUpdate(_ActorCriticUpdate):
    """TRPO's: the step in the trust region; its critic's is none of the claim's."""

    def __init__(self, settings: trpo.TRPO = TRPO, kind: Kind = "discrete") -> None:
        super().__init__(trpo.Learner, settings, kind)


class RecurrentPPOUpdate:
    """Recurrent PPO's."""

    def __init__(self, settings: ppo_recurrent.RecurrentPPO = RECURRENT) -> None:
        self.agent = make_recurrent_networks(4, _ACTIONS["discrete"], seed=0, width=5)
        with torch.no_grad():
            for parameter in self.agent.heads.parameters():
                parameter.mul_(2.0)  # a policy that is told from the uniform one
        self.learner = ppo_recurrent.Learner(
            networks=self.agent, settings=settings, generator=_generator()
        )

    def load(self, batch: Batch) -> None:
        names = ("obs", "actions", "initial_state", "logp_old", "values_old", "advantages",
                 "returns")  # fmt: skip
        starts = batch["episode_starts"].as_subclass(Tensor)
        self.sequences = Sequences(
            **{name: batch[name] for name in names}, starts=starts, real=torch.ones_like(starts)
        )

    def update(self) -> None:
        self.learner.update(self.sequences)


class QLearningUpdate:
    """Q-learning's."""

    def __init__(self, states: int = 5, actions: int = 3) -> None:
        table = nn.Linear(states, actions, bias=False)
        settings = q_learning.QLearning(gamma=GAMMA)
        self.learner: Any = q_learning.Learner(
            networks=table, settings=settings, generator=_generator()
        )
        self.q_fn: nn.Module = table

    def load(self, batch: Batch) -> None:
        names = ("obs", "actions", "rewards", "next_obs", "terminated")
        self.batch = Transitions(**{name: batch[name].flatten(0, 1) for name in names})

    def update(self) -> None:
        self.learner.update(self.batch)


class DQNUpdate(QLearningUpdate):
    """DQN's; its target network has other weights than the network under training."""

    def __init__(self, **settings: Any) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.learner = dqn.Learner(
                networks=layers(4, 6, 3, last_gain=1.0),
                settings=dqn.DQN(gamma=GAMMA, **settings), generator=_generator(),
                memory=ReplayMemory(1, 4),
            )  # fmt: skip
            self.q_fn, self.target_q_fn = self.learner.networks, self.learner.target_networks
            with torch.no_grad():
                for parameter in self.target_q_fn.parameters():
                    parameter.add_(0.3 * torch.randn_like(parameter))


class DoubleDQNUpdate(DQNUpdate):
    """DQN's with `target="double"`."""

    def __init__(self) -> None:
        super().__init__(target="double")


class _Handed(nn.Module):
    """The policy that rlcheck hands over, with what the learner asks of its own."""

    def __init__(self, policy: nn.Module) -> None:
        super().__init__()
        self.policy = policy

    def evaluate(self, obs: Tensor, actions: Tensor) -> Evaluation:
        found = self.policy(obs)
        return Evaluation(
            logp=found.log_prob(actions),
            entropy=found.entropy(),
            values=torch.zeros(obs.shape[:-1]),
        )


def reinforce_update(form: str = "reward-to-go") -> Subject:
    """REINFORCE's, on whole episodes; a step, since there is no agent to hand anything to."""

    def step(
        policy: Any, obs: Any, actions: Any, rewards: Any, next_obs: Any, terminated: Any,
        truncated: Any, mask: Any, gamma: Any,
    ) -> None:  # fmt: skip
        networks: Any = _Handed(policy)
        settings = reinforce.Reinforce(form=form, gamma=gamma)  # type: ignore[arg-type]
        learner = reinforce.Learner(
            networks=networks, settings=settings, generator=torch.Generator()
        )
        learner.update(
            Segment(
                obs=obs, actions=actions, next_obs=next_obs, rewards=rewards,
                terminated=terminated, truncated=truncated, real=mask, last_obs=next_obs[-1],
            )
        )  # fmt: skip

    return Subject(step=step)


REINFORCEUpdate = reinforce_update()
"""REINFORCE's, each score weighted by its reward to go."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """One algorithm's update and what it promises.

    Attributes:
        algorithm: its name in `rlcheck.training`.
        claim: the id of what it promises.
        name: of what is judged, in this module.
        settings: with which it was made, as the claim has them.
    """

    algorithm: str
    claim: str
    name: str
    settings: Mapping[str, float]

    @property
    def target(self) -> str:
        """What `rlcheck verify` takes for it."""
        return f"{__name__}:{self.name}"

    @property
    def command(self) -> str:
        """What judges it from the shell."""
        given = "".join(f" --set {name}={value:g}" for name, value in self.settings.items())
        return f"rlcheck verify {self.target} --claim {self.claim}{given}"


_STEP = {"max_kl": 0.01, "damping": 0.1, "cg_iterations": 15, "backtrack_coeff": 0.75,
         "backtracks": 8}  # fmt: skip

UPDATES = (
    Update(algorithm="reinforce", claim="reinforce", name="REINFORCEUpdate", settings={}),
    Update(
        algorithm="a2c", claim="a2c-loss", name="A2CUpdate",
        settings={"vf_coef": 0.5, "ent_coef": 0.01},
    ),
    Update(algorithm="trpo", claim="trpo-step", name="TRPOUpdate", settings=_STEP),
    Update(
        algorithm="ppo", claim="ppo-loss", name="PPOUpdate",
        settings={"clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01},
    ),
    Update(
        algorithm="ppo-recurrent", claim="ppo-recurrent", name="RecurrentPPOUpdate",
        settings={"clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.0625},
    ),
    Update(
        algorithm="q-learning", claim="q-learning", name="QLearningUpdate",
        settings={"gamma": GAMMA},
    ),
    Update(algorithm="dqn", claim="dqn-loss", name="DQNUpdate", settings={"gamma": GAMMA}),
    Update(
        algorithm="dqn", claim="double-dqn-loss", name="DoubleDQNUpdate",
        settings={"gamma": GAMMA},
    ),
)  # fmt: skip
"""Every algorithm's, with the claims that they are held to."""
