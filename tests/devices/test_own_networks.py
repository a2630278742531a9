"""Agents, updates and outside libraries on a device: moved, taken where they are, or refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical

import rlcheck
from rlcheck.adapters import ADAPTERS, from_live
from rlcheck.api.checking import adapter_subject, check_adapter, live_subject
from rlcheck.errors import InvalidArgument
from rlcheck.judges.floors import EPS32, EPS64
from rlcheck.subjects import make_agent, make_subject
from rlcheck.subjects.protocols import make_update_subject
from tests.devices.subjects import check, holds
from tests.requirements import require
from tests.unit.adapters.test_live import tianshou_algorithm, torchrl_loss
from tests.unit.subjects.agent_file import Agent, Shared
from tests.unit.subjects.agent_file import loss as agent_loss
from tests.unit.subjects.agent_file import wrong as wrong_agent_loss
from tests.unit.subjects.test_protocols import Updates

EXTRA = {
    "stable-baselines3": "sb3", "sb3-contrib": "sb3-contrib", "torchrl": "torchrl",
    "tianshou": "tianshou",
}  # fmt: skip


@pytest.mark.parametrize("agent", [Agent, Shared])
def test_an_agent_is_moved(device: str, agent: type) -> None:
    subject = make_subject(agent_loss, own=make_agent(agent), layout="flat")
    assert holds(subject, "ppo-loss", device)
    wrong = make_subject(wrong_agent_loss, own=make_agent(agent), layout="flat")
    assert not holds(wrong, "ppo-loss", device)


def test_an_agent_that_lives_on_the_device_is_judged_on_either(device: str) -> None:
    agent = Shared().to(device)
    subject = make_subject(agent_loss, own=make_agent(agent), layout="flat")
    assert holds(subject, "ppo-loss", device)
    assert holds(subject, "ppo-loss", "cpu")
    assert next(agent.parameters()).device.type == device


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("function", "outcome"), [(agent_loss, "consistent"), (wrong_agent_loss, "biased")]
)
def test_the_verdict_on_an_agent(
    device: str, function: Callable[..., Tensor], outcome: str
) -> None:
    found = check(function, device, claim="ppo-loss", agent=Agent, layout="flat")
    assert found.outcome == outcome, found.error


class Plain:
    """No module: its parameters lie in its attributes, and one of them is bare."""

    def __init__(self) -> None:
        self.net = nn.Linear(4, 3)
        self.shift = nn.Parameter(torch.full((3,), 0.1))

    def get_value(self, x):
        return self.net(x).sum(-1, keepdim=True)

    def get_action_and_value(self, x, action=None):
        policy = Categorical(logits=self.net(x) + self.shift)
        action = policy.sample() if action is None else action
        return action, policy.log_prob(action), policy.entropy(), self.get_value(x)


def test_an_agent_that_is_no_module_is_moved_whole(device: str) -> None:
    moved = make_agent(Plain()).to(device)
    assert {p.device.type for p in moved.parameters.values()} == {device}
    assert moved.value(torch.ones(2, 4, dtype=torch.float64, device=device)).device.type == device
    assert make_agent(copy.deepcopy(moved.agent)).action.size == 3


def test_an_agent_that_does_not_move_is_refused(device: str) -> None:
    class Stays(Agent):
        def get_value(self, x):
            return self.critic(x) + torch.zeros(len(x), 1)

    with pytest.raises(InvalidArgument, match="same device"):
        rlcheck.check(agent_loss, claim="ppo-loss", agent=Stays, layout="flat", device=device)


class UpdatesOnADevice(Updates):
    """Moved by its owner, before its optimiser is made."""

    def __init__(self, device: str, sign: float = 1.0) -> None:
        super().__init__(sign)
        for module in (self.policy, self.value_fn):
            module.to(device)
        self.parameters = [*self.policy.parameters(), *self.value_fn.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3)


SETTINGS = {"clip_eps": 0.2, "vf_coef": 0.5, "ent_coef": 0.01}


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_an_update_on_the_device_is_caught(device: str, sign: float) -> None:
    subject = make_update_subject(UpdatesOnADevice(device, sign), settings=SETTINGS)
    assert holds(subject, "ppo-loss", device) == (sign == 1.0)


@pytest.mark.thorough
@pytest.mark.parametrize(("sign", "outcome"), [(1.0, "consistent"), (-1.0, "biased")])
def test_the_verdict_on_an_update(device: str, sign: float, outcome: str) -> None:
    agent = UpdatesOnADevice(device, sign)
    found = rlcheck.check(agent, claim="ppo-loss", settings=SETTINGS, device=device, shrink=False)
    assert found.outcome == outcome, (found.error, found.notes)


class UpdatesAnAgent:
    """What it steps is its agent: a copy that moved alone would be judged in its place."""

    def __init__(self) -> None:
        self.agent = Shared()
        self.optimizer = torch.optim.SGD(self.agent.parameters(), lr=0.1)

    def load(self, batch):
        self.batch = batch

    def update(self):
        self.optimizer.zero_grad()
        _, logp, *_ = self.agent.get_action_and_value(self.batch["obs"], self.batch["actions"])
        (-(logp - self.batch["logp_old"]).exp() * self.batch["advantages"]).mean().backward()
        self.optimizer.step()


def test_an_update_of_an_agent_elsewhere_is_refused_too(device: str) -> None:
    with pytest.raises(InvalidArgument, match="the networks of UpdatesAnAgent are on cpu"):
        rlcheck.check(UpdatesAnAgent(), claim="cpi", device=device)


def test_an_update_elsewhere_is_refused_and_told_where_it_is(device: str) -> None:
    with pytest.raises(InvalidArgument, match="the networks of Updates are on cpu"):
        rlcheck.check(Updates(), claim="ppo-loss", settings=SETTINGS, device=device)
    with pytest.raises(InvalidArgument, match=f"pass: device='{device}:0', or move them"):
        rlcheck.check(UpdatesOnADevice(device), claim="ppo-loss", settings=SETTINGS)


def sb3_on(device: str) -> Any:
    small = {"net_arch": [8]}
    return require("sb3").A2C("MlpPolicy", "CartPole-v1", policy_kwargs=small, device=device)


def torchrl_on(device: str) -> Any:
    return torchrl_loss("A2CLoss", loss_critic_type="l2").to(device)


def tianshou_on(device: str) -> Any:
    return tianshou_algorithm("A2C", "discrete").to(device)


@pytest.mark.parametrize(
    "make", [sb3_on, torchrl_on, pytest.param(tianshou_on, marks=pytest.mark.thorough)]
)
def test_a_live_object_is_judged_where_it_lives(device: str, make: Callable[[str], Any]) -> None:
    live = from_live(make(device))
    assert {p.device.type for p in live.parameters.values()} == {device}
    assert holds(live_subject(live), live.claim, device)
    with pytest.raises(InvalidArgument, match=f"are on {device}:0"):
        holds(live_subject(live), live.claim, "cpu")


@pytest.mark.parametrize("name", ADAPTERS)
def test_an_adapter_on_the_device(device: str, name: str) -> None:
    entry = ADAPTERS[name]
    require(EXTRA[entry.library])
    subject = adapter_subject(entry)
    eps = EPS32 if entry.precision > EPS64 * 1e5 else EPS64
    # A line search that goes wrong is seen by structure: one step says the same on every device.
    step = entry.claim == "trpo-step"
    due = holds(subject, entry.claim, "cpu", eps) if step else entry.expected == "consistent"
    assert holds(subject, entry.claim, device, eps) == due


@pytest.mark.thorough
@pytest.mark.parametrize("name", ADAPTERS)
def test_the_verdict_on_an_adapter(device: str, name: str) -> None:
    entry = ADAPTERS[name]
    require(EXTRA[entry.library])
    found = check_adapter(name, None, device=device, shrink=False)
    assert found.outcome == entry.expected, (found.error, found.notes)
