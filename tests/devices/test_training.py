"""Training on a device: everything lies there, and nothing waits that need not."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from rlcheck.algorithms import a2c, ppo, reinforce, trpo
from rlcheck.algorithms.environments import make_environments
from rlcheck.algorithms.experience import collect, with_advantages
from rlcheck.algorithms.networks import make_networks

SETTINGS: dict[str, tuple[Any, Any]] = {
    "reinforce": (reinforce, reinforce.Reinforce()),
    "a2c": (a2c, a2c.A2C(n_steps=8)),
    "a2c, stale": (a2c, a2c.A2C(n_steps=8, staleness=2)),
    "trpo": (trpo, trpo.TRPO(n_steps=16, critic_epochs=1)),
    "ppo": (ppo, ppo.PPO(n_steps=16, epochs=2, minibatch=32)),
    "ppo, penalty": (ppo, ppo.PPO(n_steps=16, epochs=2, minibatch=32, surrogate="penalty")),
}

QUICK = ("a2c, stale", "ppo, penalty")
OTHERS = tuple(name for name in SETTINGS if name not in QUICK)


def learnt(name: str, env: str, device: str) -> Any:
    module, settings = SETTINGS[name]
    runs = module.train(make_environments(env, 3), settings, 200, 0, device=device)
    for _ in range(2):
        learner, _ = next(runs)
    return learner


@pytest.mark.parametrize(
    ("name", "env"),
    [
        *((name, "CartPole-v1") for name in QUICK),
        *(pytest.param(n, "CartPole-v1", marks=pytest.mark.thorough) for n in OTHERS),
        *(pytest.param(n, "Pendulum-v1", marks=pytest.mark.thorough) for n in ("ppo", "trpo")),
    ],
)
def test_an_algorithm_trains_there(device: str, name: str, env: str) -> None:
    here, there = learnt(name, env, "cpu"), learnt(name, env, device)
    moments = [m for kept in there.optimizer.state.values() for m in kept.values() if m.ndim > 0]
    assert {x.device.type for x in (*there.networks.parameters(), *moments)} == {device}
    due = {n: v for n, v in here.state().items() if n != "generator"}
    if device == "cuda":
        return  # its generator draws other numbers
    for n, value in due.items():
        found = there.state()[n]
        if isinstance(value, torch.Tensor):
            assert torch.allclose(found.cpu(), value, atol=1e-6), n
        else:
            assert found == value, n


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(n, marks=pytest.mark.thorough) for n in OTHERS)]
)
def test_a_state_moves_between_devices(device: str, name: str) -> None:
    there = learnt(name, "CartPole-v1", device)
    state = {n: v.cpu() if isinstance(v, torch.Tensor) else v for n, v in there.state().items()}
    module, settings = SETTINGS[name]
    runs = module.train(make_environments("CartPole-v1", 3), settings, 200, 0, device=device)
    learner, _ = next(runs)
    learner.restore(state)
    for n, value in learner.state().items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value.cpu(), state[n]), n


class Waits(TorchDispatchMode):
    """Counts what makes the host wait for a device: a number read, a size that data decides."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device, self.names = device, []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        from_there = any(isinstance(x, torch.Tensor) and x.device.type == self.device for x in args)
        name = func._schema.name.removeprefix("aten::")
        by_mask = name.startswith("index") and any(_is_mask(x) for x in args[1] or ())
        read = by_mask or name in ("_local_scalar_dense", "nonzero", "equal", "masked_select")
        brought = name == "_to_copy" and isinstance(found, torch.Tensor) and found.is_cpu
        if from_there and (read or brought):
            self.names.append(name)
        return found


def _is_mask(index: Any) -> bool:
    return isinstance(index, torch.Tensor) and index.dtype == torch.bool


def update_of(name: str, device: str) -> tuple[Callable[[], Any], Any]:
    module, settings = SETTINGS[name]
    environments = make_environments("CartPole-v1", 3)
    networks = make_networks(4, environments.actions, 0).to(device)
    generator = torch.Generator(device).manual_seed(0)
    learner = module.Learner(networks=networks, settings=settings, generator=generator)
    segment = collect(environments, networks, environments.reset(0), 16, generator)
    experience = with_advantages(segment, networks, 0.99, 0.95)
    learner.update(experience)
    return lambda: learner.update(experience), learner


@pytest.mark.parametrize(
    ("name", "due"), [("ppo", 0), ("a2c", 0), ("a2c, stale", 0), ("ppo, penalty", 1)]
)
def test_an_update_asks_for_no_number_that_it_does_not_need(
    device: str, name: str, due: int
) -> None:
    """The penalty's coefficient follows a number; nothing else of these has to know one."""
    update, _ = update_of(name, device)
    with Waits(device) as waits:
        update()
    assert len(waits.names) == due, waits.names


def test_a_line_search_asks_once_a_trial(device: str) -> None:
    update, _ = update_of("trpo", device)
    with Waits(device) as waits:
        found = update()
    assert len(waits.names) == found.trials, waits.names


def test_a_rollout_brings_back_actions_and_nothing_else(device: str) -> None:
    environments = make_environments("CartPole-v1", 3)
    networks = make_networks(4, environments.actions, 0).to(device)
    generator = torch.Generator(device).manual_seed(0)
    obs = environments.reset(0)
    with Waits(device) as waits:
        with_advantages(collect(environments, networks, obs, 16, generator), networks, 0.99, 0.95)
    assert waits.names == ["_to_copy"] * 16


def test_waiting_is_seen(device: str) -> None:
    x = torch.arange(3.0, device=device)
    with Waits(device) as waits:
        float(x.sum())
        x[x > 1]
        x.nonzero()
        x.cpu()
    assert sorted(waits.names) == ["_local_scalar_dense", "_to_copy", "index", "nonzero"]
