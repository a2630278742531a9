"""Each relation fails on a fault planted for it, holds on every right form, and is refused where
it would be false."""

import pytest
import torch

from rlcheck.claims import CLAIMS, find_claim
from rlcheck.claims.metamorphic import RELATIONS
from rlcheck.judges.callers import ReferenceCaller, RowCaller
from rlcheck.judges.cases import bandit_cases
from rlcheck.judges.examination import Examination, applicable, measure_again
from rlcheck.judges.expectation import expected_gradient
from rlcheck.judges.structural import BANDIT, EXPERIMENTS, NotTried, devices, in_expectation
from rlcheck.judges.structural.trial import ExpectedTrial, Trial
from rlcheck.subjects import Subject
from tests.tiers import one_in
from tests.unit.judges import implementations as made
from tests.unit.judges import test_structural as structural

IDS = ("duplication", *(prop.id for prop in RELATIONS))


def to_go(rewards, gamma):
    rows = [rewards[-1]]
    for reward in rewards[:-1].flip(0):
        rows.append(reward + gamma * rows[-1])
    return torch.stack(rows[::-1])


def weighted(policy, obs, actions, credit, gamma):
    discounts = gamma ** torch.arange(len(obs), dtype=credit.dtype)[:, None]
    return -(discounts * policy(obs).log_prob(actions) * credit).sum(0).mean()


# ------------------------------------------------------------------ plants: batches and rewards


def one_rollout_fewer(policy, obs, actions, logp_old, advantages):
    n = obs.shape[1]
    return made.cpi(policy, obs, actions, logp_old, advantages) * n / (n - 0.5)


def clips_rewards(policy, obs, actions, rewards, gamma):
    return weighted(policy, obs, actions, to_go(rewards.clamp(-1, 1), gamma), gamma)


def clips_advantages(policy, obs, actions, logp_old, advantages):
    return made.cpi(policy, obs, actions, logp_old, advantages.clamp(-4, 4))


def drops_what_is_negative(policy, obs, actions, rewards, gamma):
    return weighted(policy, obs, actions, to_go(rewards, gamma).clamp(min=0), gamma)


def treats_the_end_as_lost(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    # V of the last state is taken for zero, which it is in no unit but its own.
    over = terminated | truncated
    found = structural.recursion(rewards, values, next_values, terminated, over, gamma, gae_lambda)
    return torch.where(terminated, rewards, found)


# ----------------------------------------------------------------------------- plants: states


def reads_the_name(policy, obs, actions, logp_old, advantages):
    place = obs.argmax(-1).to(advantages.dtype)
    return made.cpi(policy, obs, actions, logp_old, advantages * (1 + place / 16))


def once_a_state(policy, obs, actions, logp_old, advantages):
    logp = policy(obs).log_prob(actions)
    flat, owner = obs.flatten(0, 1).unique(dim=0, return_inverse=True)
    each = ((logp - logp_old).exp() * advantages).flatten()
    sums = torch.zeros(len(flat), dtype=each.dtype).index_add(0, owner, each)
    counts = torch.zeros_like(sums).index_add(0, owner, torch.ones_like(each))
    return -(sums / counts).mean()


# ------------------------------------------------------------------- plants: ends of episodes


def averages_over_time(policy, obs, actions, rewards, gamma):
    return weighted(policy, obs, actions, to_go(rewards, gamma), gamma) / len(rewards)


def counts_steps(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    over = terminated | truncated
    found = structural.recursion(rewards, values, next_values, terminated, over, gamma, gae_lambda)
    return found / len(rewards)


def product_of_ratios(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).sum(0).exp()
    return -(ratio * advantages).mean()


# --------------------------------------------------------------------- plants: gamma and lambda


def forgets_gamma(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    over = terminated | truncated
    return structural.recursion(rewards, values, next_values, terminated, over, 0.75, gae_lambda)


def forgets_to_discount(policy, obs, actions, rewards, gamma):
    return weighted(policy, obs, actions, to_go(rewards, 1.0), gamma)


def forgets_lambda(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    over = terminated | truncated
    return structural.recursion(rewards, values, next_values, terminated, over, gamma, 0.5)


def carries_the_value(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    # delta with gamma lambda V', a common slip: what is between no longer cancels.
    over = terminated | truncated
    shrunk = next_values * (1 + gae_lambda) / 2 * 0.9
    return structural.recursion(rewards, values, shrunk, terminated, over, gamma, gae_lambda)


# ------------------------------------------------------------------------------- plants: others


def drops_own_reward(policy, obs, actions, rewards, gamma):
    return weighted(policy, obs, actions, to_go(rewards, gamma) - 0.5 * rewards, gamma)


PLANTED = {
    "duplication": ((one_rollout_fewer, "cpi"),),
    "rewards-scaled": ((clips_rewards, "reinforce"), (clips_advantages, "cpi")),
    "rewards-shifted": ((drops_what_is_negative, "reinforce"), (treats_the_end_as_lost, "gae")),
    "states-relabelled": ((reads_the_name, "cpi"),),
    "state-duplicated": ((once_a_state, "cpi"),),
    "absorbing-state-appended": ((averages_over_time, "reinforce"), (counts_steps, "gae")),
    "episodes-joined": ((structural.runs_on, "gae"), (product_of_ratios, "cpi")),
    "gamma-zero": ((forgets_to_discount, "reinforce"), (forgets_gamma, "gae")),
    "lambda-zero": ((forgets_lambda, "gae"),),
    "lambda-one": ((carries_the_value, "gae"),),
    "bandit-closed-form": ((drops_own_reward, "reinforce"),),
    "devices-agree": ((structural.drifts, "cpi"),),
}  # fmt: skip
PAIRS = [(name, *plant) for name, plants in PLANTED.items() for plant in plants]


@pytest.fixture(autouse=True)
def _another_device(monkeypatch):
    """Where there is no GPU the other device is the CPU once more: a copy of everything."""
    if not torch.cuda.is_available():
        monkeypatch.setattr(devices, "other_device", lambda batch: "cpu")
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


def examined(caller, names=IDS, seed=0):
    """An examination by these properties alone."""
    subject = getattr(caller, "subject", None)
    if subject is None:
        subject = Subject(name="right", call=lambda: None, bound={w: w for w in caller.asks})
    found = Examination(claim=caller.claim, subject=subject, caller=caller, seed=seed)
    tried = [p for p in applicable(caller.claim, subject.asks) if p.id in names]
    for case in found.cases() if tried else ():
        trial = Trial(caller.claim, subject.asks, caller, case)
        for prop in tried:
            if not in_expectation(caller.claim, prop.id):
                found.experiment(prop, trial)
    found.relations()
    return found


def test_a_fault_is_planted_for_every_relation():
    assert set(PLANTED) == set(IDS)


@pytest.mark.parametrize(("property_id", "function", "claim"), PAIRS)
def test_a_planted_fault_is_seen(property_id, function, claim):
    found = examined(made.caller_of(function, claim))
    failing = [m for m in found.measurements if m.property_id == property_id and not m.holds]
    assert failing
    again = measure_again(found, property_id, failing[0].case)
    assert any(not m.holds for m in again)


GIVEN = structural.ASKS
COMPUTES = structural.COMPUTES | {"gamma", "gae_lambda"}


@pytest.mark.parametrize(("claim", "credit", "kind"), one_in(4, structural.RIGHT, structural.NAMES))
def test_every_right_form_has_every_relation(claim, credit, kind):
    asks = GIVEN if credit == "given" else COMPUTES
    takes_credit = "advantages" in {s.id for s in claim.stages} or claim.remembers
    if asks is GIVEN and not takes_credit:
        asks = asks - {"advantages"}
    if claim.remembers and "advantages" not in asks:
        pytest.skip("it is handed its credit, and cannot be tried without")
    caller = kind(claim=claim, asks=asks, **({"picks": claim.right} if kind is RowCaller else {}))
    found = examined(caller)
    for m in found.measurements:
        assert m.holds, (m.property_id, m.case.form, m.relative_error, m.relative_floor)
    tried = {m.property_id for m in found.measurements}
    due = {p.id for p in applicable(claim, asks)} & set(IDS)
    assert due <= tried, found.refused


@pytest.mark.thorough
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.id)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_relations_hold_whatever_the_seed(claim, seed):
    asks = COMPUTES if "advantages" in {s.id for s in claim.stages} else GIVEN
    found = examined(ReferenceCaller(claim=claim, asks=asks), seed=seed)
    assert [(m.property_id, m.case.form) for m in found.measurements if not m.holds] == []


# ------------------------------------------------------------- the conditions, from both sides


def baseline_of_the_one_before(policy, obs, actions, rewards, gamma):
    """Unbiased, and no other rollout enters: the earlier reward is a baseline."""
    earlier = torch.cat([torch.zeros_like(rewards[:1]), rewards[:-1]])
    return weighted(policy, obs, actions, to_go(rewards, gamma) + earlier + obs[..., 0], gamma)


def leave_one_out(policy, obs, actions, rewards, gamma):
    """Unbiased: each rollout's baseline is the mean return of the others."""
    n, returns = rewards.shape[1], to_go(rewards, gamma)
    others = (returns.sum(1, keepdim=True) - returns) / max(n - 1, 1)
    return weighted(policy, obs, actions, returns - (others if n > 1 else 0.0), gamma)


def test_an_estimator_that_nobody_catalogued_keeps_every_relation_in_expectation():
    found = examined(made.caller_of(baseline_of_the_one_before, "reinforce"))
    binding = [m.property_id for m in found.failing()]
    assert binding == []
    tried = {m.property_id for m in found.measurements}
    assert tried >= {"rewards-scaled", "rewards-shifted", "states-relabelled", "gamma-zero", BANDIT}


def test_the_same_relations_would_accuse_it_on_a_batch():
    caller = made.caller_of(baseline_of_the_one_before, "reinforce")
    case = made.case_of(listed=False)
    accused = set()
    for name in ("rewards-shifted", "states-relabelled", "absorbing-state-appended"):
        assert in_expectation(caller.claim, name)
        trial = Trial(caller.claim, caller.subject.asks, caller, case)
        accused |= {m.property_id for m in EXPERIMENTS[name](trial) if not m.holds}
    assert accused == {"rewards-shifted", "states-relabelled", "absorbing-state-appended"}


def test_rollouts_that_are_compared_are_not_held_to_relations_between_single_ones():
    found = examined(made.caller_of(leave_one_out, "reinforce"))
    assert [m.property_id for m in found.failing()] == []
    assert "duplication" in {m.property_id for m in found.failing(binding=False)}


def test_shifted_rewards_move_the_gradient_where_lengths_differ():
    caller = made.caller_of(made.reinforce, "reinforce")
    case = made.case_of("ragged", size=made.FULL)
    batch = case.listed
    ragged = not bool(batch.rollout.mask.all())
    assert ragged
    with pytest.raises(NotTried, match="one length"):
        list(EXPERIMENTS["rewards-shifted"](ExpectedTrial(caller.claim, frozenset(), caller, case)))


def test_a_mean_over_steps_is_not_prolonged():
    ids = {p.id for p in applicable(find_claim("cpi"), frozenset({"rewards", "values"}))}
    assert "absorbing-state-appended" not in ids
    assert "absorbing-state-appended" in {
        p.id for p in applicable(find_claim("reinforce"), frozenset({"rewards"}))
    }


def test_a_setting_that_was_given_is_not_varied():
    caller = made.caller_of(
        lambda rewards, values, next_values, terminated, truncated, gamma, gae_lambda:
        structural.recursion(
            rewards, values, next_values, terminated, terminated | truncated, gamma, gae_lambda
        ),
        "gae", settings={"gamma": 0.75, "gae_lambda": 0.5},
    )  # fmt: skip
    found = examined(caller)
    assert "was given" in found.refused["gamma-zero"]
    assert "was given" in found.refused["lambda-one"]
    assert not {"gamma-zero", "lambda-zero", "lambda-one"} & {
        m.property_id for m in found.measurements
    }


def test_one_flag_of_the_last_row_does_not_show_where_episodes_end():
    asks = frozenset({"rewards", "values", "last_values", "next_done", "gamma", "gae_lambda"})
    assert "episodes-joined" not in {p.id for p in applicable(find_claim("gae"), asks)}
    more = asks | {"dones_before"}
    assert "episodes-joined" in {p.id for p in applicable(find_claim("gae"), more)}


def test_the_bandit_s_closed_form_is_the_numerical_gradient_of_its_objective():
    claim = find_claim("reinforce")
    subject = Subject(name="right", call=lambda: None, bound={"rewards": "rewards"})
    [case] = bandit_cases(claim, subject, 0)
    caller = ReferenceCaller(claim=claim, asks=frozenset({"rewards"}))
    found = expected_gradient(caller, case.listed).vector.reshape(-1, case.world.n_states)
    q = (case.world.transitions * case.world.rewards).sum(-1)

    def objective(logits):
        return float((case.world.initial[:, None] * logits.softmax(-1) * q).sum())

    step = 2.0**-17
    for state in case.world.initial.nonzero().flatten().tolist():
        for action in range(case.world.n_actions):
            nudge = torch.zeros_like(case.logits)
            nudge[state, action] = step
            slope = (objective(case.logits + nudge) - objective(case.logits - nudge)) / (2 * step)
            assert abs(slope + float(found[action, state])) < 1e-8


def masked_divergence(policy, policy_old, obs, actions, logp_old, advantages, mask, kl_coef):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    kl = torch.distributions.kl_divergence(policy_old(obs), policy(obs))
    return ((kl_coef * kl - ratio * advantages) * mask).sum() / mask.sum()


def test_a_mask_may_multiply_a_divergence():
    caller = made.caller_of(masked_divergence, "ppo-penalty")
    found = examined(caller, names=("masked-slots-ignored",))
    tried = [m for m in found.measurements if m.property_id == "masked-slots-ignored"]
    assert {m.note.split("`")[1] for m in tried} >= {"obs", "advantages", "logp_old"}
    assert [m.note for m in tried if not m.holds] == []


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_the_right_form_agrees_between_devices():
    found = examined(made.caller_of(made.cpi, "cpi"))
    assert [m for m in found.measurements if m.property_id == "devices-agree"]
    assert all(m.holds for m in found.measurements if m.property_id == "devices-agree")
