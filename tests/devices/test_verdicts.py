"""Verdicts on a device are those of the CPU, and everything that is handed over lies there."""

import functools

import numpy as np
import pytest
import torch

import rlcheck
from rlcheck.claims import CLAIMS, Claim
from rlcheck.errors import InvalidArgument
from rlcheck.judges.callers import ReferenceCaller, RowCaller
from rlcheck.judges.case import Case
from rlcheck.judges.exact import target_gradient, truth_of
from rlcheck.judges.placing import existing_device
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.recorder import Recorder
from rlcheck.judges.same_batch import compare
from rlcheck.judges.worlds import SMALL
from rlcheck.subjects import make_subject
from rlcheck.verdict import Verdict
from tests.devices.subjects import Guarded, check, expectations, holds
from tests.zoo.entries import ZOO, ZooEntry

EVERY_CLAIM = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def untried(verdict: Verdict) -> set[str]:
    return {name for name, _ in verdict.not_tried} - {"devices-agree"}


def tried(verdict: Verdict) -> list[str]:
    """All but the one for which the CPU is another device: a guarded subject refuses it there."""
    return [p.id for p in verdict.properties if p.id != "devices-agree"]


def _skip_what_remembers(device: str, claim: Claim) -> None:
    if claim.remembers and device != "cuda":
        pytest.skip("a GRU off the CPU is one fused kernel, which the CPU cannot stand in for")


@EVERY_CLAIM
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_a_claim_s_row_and_reference_agree_on_a_device(
    device: str, claim: Claim, actions: str
) -> None:
    _skip_what_remembers(device, claim)
    varied = {**{k: (v,) for k, v in claim.settings.items()}, **claim.varied}
    settings = tuple((k, v[0]) for k, v in varied.items())
    off_policy = claim.off_policy
    form = claim.forms[-1]
    if claim.of_action_values and actions == "continuous":
        pytest.skip("a value for each action is had of finitely many")
    recipe = Recipe(
        form=form, off_policy=off_policy, settings=settings, actions=actions,
        action_values=claim.of_action_values,
    )  # fmt: skip
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
        assert claim.gives in ("number", "step")
        return
    _skip_what_remembers(device, claim)
    varied = {**{k: (v,) for k, v in claim.settings.items()}, **claim.varied}
    settings = tuple((k, v[0]) for k, v in varied.items())
    recipe = Recipe(
        form="fixed", off_policy=claim.off_policy, settings=settings, listed=True,
        exact_critic=True, size=SMALL, action_values=claim.of_action_values,
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


@pytest.mark.thorough
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_a_right_loss_passes_and_nothing_is_left_out(device: str, actions: str) -> None:
    module, where = torch.get_device_module(device), existing_device(device)
    before = module.get_rng_state(where)
    there = check(entropy, device, claim="entropy-bonus", actions=actions)
    assert torch.equal(module.get_rng_state(where), before)
    here = rlcheck.check(entropy, claim="entropy-bonus", actions=actions)
    assert there.outcome == here.outcome == "consistent", (there.error, there.notes)
    assert tried(there) == tried(here)
    assert (untried(there), there.routes) == (untried(here), here.routes)
    assert there.placebo["sound"]


@pytest.mark.thorough
@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_the_same_properties_are_tried_off_policy(device: str, actions: str) -> None:
    there = check(ppo, device, claim="ppo-clip", actions=actions)
    here = rlcheck.check(ppo, claim="ppo-clip", actions=actions)
    assert there.outcome == here.outcome == "consistent", (there.error, there.notes)
    assert tried(there) == tried(here)
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


@pytest.mark.thorough
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
        carried = (
            delta + gamma * gae_lambda * (1 - np.maximum(terminated[t], truncated[t])) * carried
        )
        advantages[t] = carried
    return advantages, advantages + values


@pytest.mark.parametrize("actions", ["discrete", "continuous"])
def test_numpy_gets_arrays_and_its_answer_is_placed(device: str, actions: str) -> None:
    subject = make_subject(loop_of_numpy, arrays="numpy", actions=actions)
    found = expectations(subject, "gae", device)
    assert found["exact-on-policy"]
    assert all(found["exact-on-policy"])


@pytest.mark.thorough
@pytest.mark.parametrize("layout", ["TN", "BT"])
def test_the_verdict_on_numpy(device: str, layout: str) -> None:
    def in_layout(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
        arrays = [rewards, values, next_values, terminated, truncated]
        turned = [x.T for x in arrays] if layout == "BT" else arrays
        advantages, _ = loop_of_numpy(*turned, gamma, gae_lambda)
        return advantages.T if layout == "BT" else advantages

    verdict = check(in_layout, device, claim="gae", arrays="numpy", layout=layout, actions="both")
    assert verdict.outcome == "consistent", (verdict.error, verdict.notes)


@pytest.mark.thorough
def test_every_expectation_is_taken_on_the_device(device: str) -> None:
    def cpi(policy, obs, actions, logp_old, advantages):
        ratio = (policy(obs).log_prob(actions) - logp_old).exp()
        return -(ratio * advantages).mean()

    guarded = Guarded(cpi, device)
    found = expectations(make_subject(guarded, actions="both"), "cpi", device)
    assert guarded.calls > 0
    for name in ("exact-on-policy", "exact-off-policy", "first-order-equality"):
        assert len(found[name]) > 1
        assert all(found[name])


def test_a_tensor_worked_out_on_the_cpu_is_judged(device: str) -> None:
    def elsewhere(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
        arrays = (rewards, values, next_values, terminated.float(), truncated.float())
        found = loop_of_numpy(*(x.cpu().numpy() for x in arrays), gamma, gae_lambda)
        return tuple(map(torch.from_numpy, found))

    assert holds(make_subject(elsewhere), "gae", device)


def test_random_numbers_of_a_device_are_seeded_and_put_back(device: str) -> None:
    def draws(device_of):
        there = torch.rand(3, device=device_of)
        return [there.tolist(), torch.rand(3).tolist()]

    where = existing_device(device)
    before = torch.get_device_module(where).get_rng_state(where)
    drawn = []
    for _ in range(2):
        with Recorder(device=where).listening():
            drawn.append(draws(where))
    assert drawn[0] == drawn[1]
    assert torch.equal(torch.get_device_module(where).get_rng_state(where), before)
    with Recorder().listening():
        assert draws(where)[0] != drawn[0][0], "a seed of the CPU's reaches the device"


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
