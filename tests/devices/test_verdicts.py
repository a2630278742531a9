"""Verdicts on a device are those of the CPU, and everything that is handed over lies there."""

import copy
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical

import rlcheck
from rlcheck.claims import CLAIMS, Claim
from rlcheck.errors import InvalidArgument
from rlcheck.judges.callers import ReferenceCaller, RowCaller
from rlcheck.judges.case import Case
from rlcheck.judges.exact import target_gradient, truth_of
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.same_batch import compare
from rlcheck.judges.worlds import SMALL
from rlcheck.subjects import make_subject
from rlcheck.verdict import Verdict
from tests.unit.subjects.agent_file import Agent, Shared
from tests.unit.subjects.agent_file import loss as agent_loss
from tests.unit.subjects.agent_file import wrong as wrong_agent_loss
from tests.unit.subjects.test_protocols import Updates
from tests.zoo.entries import ZOO, ZooEntry

EVERY_CLAIM = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


class Guarded:
    """A subject that looks where everything that it is handed lies, at every call."""

    def __init__(self, function: Callable[..., Any], device: str) -> None:
        self.function, self.device, self.calls = function, device, 0
        self.__name__ = getattr(function, "__name__", "subject")
        self.__signature__ = inspect.signature(function)

    def __call__(self, **words: Any) -> Any:
        self.calls += 1
        for name, value in words.items():
            tensors = list(value.parameters()) if isinstance(value, nn.Module) else [value]
            for tensor in tensors:
                if isinstance(tensor, Tensor):
                    assert tensor.device.type == self.device, name
        return self.function(**words)


def check(function: Callable[..., Any], device: str, **options: Any) -> Verdict:
    guarded = Guarded(function, device)
    options.setdefault("shrink", False)
    verdict = rlcheck.check(guarded, device=device, **options)
    assert guarded.calls > 0
    return verdict


def untried(verdict: Verdict) -> set[str]:
    return {name for name, _ in verdict.not_tried}


@EVERY_CLAIM
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_a_claim_s_row_and_reference_agree_on_a_device(
    device: str, claim: Claim, actions: str
) -> None:
    varied = {**{k: (v,) for k, v in claim.settings.items()}, **claim.varied}
    settings = tuple((k, v[0]) for k, v in varied.items())
    off_policy = claim.off_policy
    form = claim.forms[-1]
    recipe = Recipe(form=form, off_policy=off_policy, settings=settings, actions=actions)
    case = make_case(recipe).to(torch.device(device))
    asks: frozenset[str] = frozenset()
    row = RowCaller(claim=claim, picks=claim.right, asks=asks)
    reference = ReferenceCaller(claim=claim, asks=asks)
    measured = compare("same-batch-off-policy", row, reference, case, case.sampled)
    assert case.sampled.rollout.obs.device.type == device
    assert measured.holds
    assert measured.due.device.type == measured.found.device.type == "cpu"


@EVERY_CLAIM
def test_a_claim_s_target_is_the_same_on_a_device(device: str, claim: Claim) -> None:
    if claim.target is None:
        assert claim.gives == "number"
        return
    varied = {**{k: (v,) for k, v in claim.settings.items()}, **claim.varied}
    settings = tuple((k, v[0]) for k, v in varied.items())
    recipe = Recipe(
        form="fixed", off_policy=claim.off_policy, settings=settings, listed=True,
        exact_critic=True, size=SMALL,
    )  # fmt: skip
    here = make_case(recipe)
    there = here.to(torch.device(device))
    assert isinstance(here, Case)
    assert isinstance(there, Case)
    if claim.gives == "array":
        due, found = (claim.target(truth_of(case)).detach().cpu() for case in (here, there))
    else:
        due, found = (target_gradient(claim, case) for case in (here, there))
    assert there.world.device.type == device
    error = float((found - due).norm())
    assert error <= 2**10 * torch.finfo(torch.float64).eps * max(1.0, float(due.norm()))


def ppo(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -torch.min(
        ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    ).mean()


def ppo_of_the_larger(policy, obs, actions, logp_old, advantages, clip_eps):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -torch.max(
        ratio * advantages, ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    ).mean()


def entropy(policy, obs, ent_coef):
    return -ent_coef * policy(obs).entropy().mean()


@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_a_right_loss_passes_and_nothing_is_left_out(device: str, actions: str) -> None:
    there = check(entropy, device, claim="entropy-bonus", actions=actions)
    here = rlcheck.check(entropy, claim="entropy-bonus", actions=actions)
    assert there.outcome == here.outcome == "consistent", (there.error, there.notes)
    assert [p.id for p in there.properties] == [p.id for p in here.properties]
    assert (untried(there), there.routes) == (untried(here), here.routes)
    assert there.placebo["sound"]


@pytest.mark.thorough
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_the_same_properties_are_tried_off_policy(device: str, actions: str) -> None:
    there = check(ppo, device, claim="ppo-clip", actions=actions)
    here = rlcheck.check(ppo, claim="ppo-clip", actions=actions)
    assert there.outcome == here.outcome == "consistent", (there.error, there.notes)
    assert [p.id for p in there.properties] == [p.id for p in here.properties]
    assert (untried(there), there.routes) == (untried(here), here.routes)


@pytest.mark.thorough
def test_a_wrong_loss_is_shrunk_reported_and_replayed(device: str) -> None:
    wrong = functools.partial(check, ppo_of_the_larger, device, claim="ppo-clip")
    verdict = wrong(shrink=True)
    assert verdict.outcome == "biased"
    assert verdict.error is None
    assert verdict.finding is not None
    again = wrong(replay=verdict.finding.replay)
    assert again.finding is not None
    for name in ("coordinate", "exact", "where", "world", "replay"):
        assert getattr(again.finding, name) == getattr(verdict.finding, name)
    assert f'device="{device}"' in verdict.again


def with_a_negative(entropy, ent_coef):
    return ent_coef * entropy.mean()


def test_a_wrong_loss_is_caught_and_the_fault_named(device: str) -> None:
    verdict = check(with_a_negative, device, claim="entropy-bonus")
    assert verdict.outcome == "biased"
    assert verdict.error is None
    assert verdict.suspects
    assert verdict.finding is not None


def test_a_device_fault_of_the_subject_is_told(device: str) -> None:
    def mixing(policy, obs, ent_coef):
        return -ent_coef * (policy(obs).entropy() * torch.ones(obs.shape[:2])).mean()

    verdict = rlcheck.check(mixing, claim="entropy-bonus", device=device)
    assert verdict.outcome == "biased"
    assert verdict.error is not None
    assert "same device" in verdict.error


def loop_of_numpy(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    assert all(isinstance(x, np.ndarray) for x in (rewards, values, next_values, terminated))
    advantages, carried = np.zeros_like(rewards), np.zeros(rewards.shape[1])
    for t in range(len(rewards) - 1, -1, -1):
        delta = rewards[t] + gamma * next_values[t] * (1 - terminated[t]) - values[t]
        carried = delta + gamma * gae_lambda * (1 - np.maximum(terminated[t], truncated[t])) * carried
        advantages[t] = carried
    return advantages, advantages + values


@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_numpy_gets_arrays_and_its_answer_is_placed(device: str, actions: str) -> None:
    verdict = check(loop_of_numpy, device, claim="gae", arrays="numpy", actions=actions)
    assert verdict.outcome == "consistent", (verdict.error, verdict.notes)


def test_a_tensor_worked_out_on_the_cpu_is_judged(device: str) -> None:
    def flat(rewards, values, next_values, terminated, truncated, mask, gamma, gae_lambda):
        arrays = (rewards, values, next_values, terminated.float(), truncated.float())
        found = loop_of_numpy(*(x.cpu().numpy() for x in arrays), gamma, gae_lambda)
        return torch.from_numpy(found[0])

    verdict = check(flat, device, claim="gae")
    assert verdict.outcome == "consistent", (verdict.error, verdict.notes)


def test_random_numbers_of_a_device_are_seeded_and_put_back(device: str) -> None:
    def with_dropout(policy, obs, ent_coef):
        noise = torch.rand(obs.shape[:2], dtype=torch.float64, device=obs.device)
        return -ent_coef * (policy(obs).entropy() * (1 + 1e-3 * noise)).mean()

    module = torch.get_device_module(device)
    before = module.get_rng_state(torch.device(device, 0))
    verdict = rlcheck.check(with_dropout, claim="entropy-bonus", device=device, shrink=False)
    assert torch.equal(module.get_rng_state(torch.device(device, 0)), before)
    repeatable = next(p for p in verdict.properties if p.id == "repeatable")
    assert repeatable.status == "passed"
    assert verdict.outcome == "biased"


@pytest.mark.parametrize(
    ("function", "outcome"), [(agent_loss, "consistent"), (wrong_agent_loss, "biased")]
)
def test_an_agent_class_is_moved(device: str, function: Callable[..., Tensor], outcome: str) -> None:
    found = check(function, device, claim="ppo-loss", agent=Agent, layout="flat")
    assert found.outcome == outcome, found.error


@pytest.mark.thorough
def test_an_agent_that_lives_on_the_device_is_judged_on_either(device: str) -> None:
    agent = Shared().to(device)
    options: dict[str, Any] = {"claim": "ppo-loss", "agent": agent, "layout": "flat"}
    assert check(agent_loss, device, **options).outcome == "consistent"
    assert rlcheck.check(agent_loss, shrink=False, **options).outcome == "consistent"
    assert next(agent.parameters()).device.type == device


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
    from rlcheck.subjects import make_agent

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


@pytest.mark.parametrize(("sign", "outcome"), [(1.0, "consistent"), (-1.0, "biased")])
def test_an_update_on_the_device_is_caught(device: str, sign: float, outcome: str) -> None:
    agent = UpdatesOnADevice(device, sign)
    found = rlcheck.check(
        agent, claim="ppo-loss", settings=SETTINGS, device=device, shrink=False
    )
    assert found.outcome == outcome, (found.error, found.notes)


def test_an_update_elsewhere_is_refused_and_told_where_it_is(device: str) -> None:
    with pytest.raises(InvalidArgument, match="are on cpu; pass device='cpu', or move them"):
        rlcheck.check(Updates(), claim="ppo-loss", settings=SETTINGS, device=device)
    with pytest.raises(InvalidArgument, match=f"are on {device}:0; pass device='{device}:0'"):
        rlcheck.check(UpdatesOnADevice(device), claim="ppo-loss", settings=SETTINGS)


@pytest.mark.parametrize("absent", ["cuda:99", "meta", "nowhere", ""])
def test_a_device_that_is_not_there_is_refused(absent: str) -> None:
    with pytest.raises(InvalidArgument, match=r"^device"):
        rlcheck.check(make_subject(entropy), claim="entropy-bonus", device=absent)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
def test_cuda_without_cuda_is_one_message_and_exit_status_two(tmp_path, monkeypatch, capsys):
    from rlcheck import cli

    path = tmp_path / "mine.py"
    path.write_text("def loss(entropy, ent_coef):\n    return -ent_coef * entropy.mean()\n")
    command = ["rlcheck", "verify", f"{path}:loss", "--claim", "entropy-bonus", "--device", "cuda"]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert end.value.code == 2
    assert printed.err.startswith("rlcheck: device: ")
    assert "Traceback" not in printed.err


@pytest.mark.thorough
@pytest.mark.parametrize("entry", ZOO, ids=[entry.id for entry in ZOO])
def test_the_zoo_on_a_device(device: str, entry: ZooEntry) -> None:
    found = check(entry.subject, device, claim=entry.claim, **entry.kwargs)
    assert found.outcome in entry.expected_outcomes, (found.error, found.notes)
    assert found.placebo["sound"]
