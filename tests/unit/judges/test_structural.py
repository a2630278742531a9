"""Each structural property fails on a fault planted for it, and holds on every right form."""

import itertools

import pytest
import torch

from rlcheck.claims import CLAIMS, find_claim
from rlcheck.claims.metamorphic import RELATIONS
from rlcheck.claims.step_properties import STEPS
from rlcheck.judges.callers import ReferenceCaller, RowCaller
from rlcheck.judges.cases import sampled_cases
from rlcheck.judges.examination import applicable
from rlcheck.judges.structural import EXPERIMENTS, Trial, nan_in_masked_slots
from rlcheck.subjects import Subject
from tests.power.faults import memory
from tests.tiers import one_in
from tests.unit.judges import implementations as made

CALLS = []


def drifts(policy, obs, actions, logp_old, advantages):
    CALLS.append(1)
    return made.cpi(policy, obs, actions, logp_old, advantages) * (1 + 1e-6 * len(CALLS))


def centres_in_place(policy, obs, actions, logp_old, advantages):
    advantages -= advantages.mean()
    return made.cpi(policy, obs, actions, logp_old, advantages)


def weighs_by_place(policy, obs, actions, logp_old, advantages):
    place = torch.arange(1, obs.shape[1] + 1, dtype=torch.float64)
    return made.cpi(policy, obs, actions, logp_old, advantages * place)


def masks_the_denominator(policy, obs, actions, logp_old, advantages, mask):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio * advantages).sum() / mask.sum()


def meets_the_mean_advantage(policy, obs, actions, logp_old, advantages):
    return made.cpi(policy, obs, actions, logp_old, advantages.mean().expand_as(advantages))


def negated(policy, obs, actions, logp_old, advantages):
    return -made.cpi(policy, obs, actions, logp_old, advantages)


def clip(policy, obs, actions, logp_old, advantages, clip_eps, best=torch.minimum):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)
    return -best(ratio * advantages, clipped * advantages).mean()


def scaled_by_the_range(policy, obs, actions, logp_old, advantages, clip_eps):
    return clip(policy, obs, actions, logp_old, advantages, clip_eps) * 4 * clip_eps


def takes_the_larger(policy, obs, actions, logp_old, advantages, clip_eps):
    return clip(policy, obs, actions, logp_old, advantages, clip_eps, best=torch.maximum)


def recursion(rewards, values, next_values, cut, stop, gamma, gae_lambda):
    advantages, running = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * (1 - cut[t]) * next_values[t] - values[t]
        running = delta + gamma * gae_lambda * (1 - stop[t]) * running
        advantages[t] = running
    return advantages


def runs_on(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    return recursion(
        rewards, values, next_values, terminated, terminated & ~terminated, gamma, gae_lambda
    )


def never_bootstraps(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    over = terminated | truncated
    return recursion(rewards, values, next_values, over, over, gamma, gae_lambda)


def always_bootstraps(rewards, values, next_values, terminated, truncated, gamma, gae_lambda):
    over = terminated | truncated
    return recursion(
        rewards, values, next_values, terminated & ~terminated, over, gamma, gae_lambda
    )


def trains_the_baseline(policy, value_fn, obs, actions, rewards, gamma):
    logp = policy(obs).log_prob(actions)
    return -(logp * (rewards - value_fn(obs))).sum(0).mean()


def moves_its_target(q_fn, obs, actions, rewards, next_obs, terminated, gamma):
    target = rewards + gamma * (1 - terminated) * q_fn(next_obs).amax(-1)
    return 0.5 * (target - q_fn(obs).gather(-1, actions[..., None])[..., 0]).square().mean()


def lowers_entropy(entropy, ent_coef):
    return ent_coef * entropy.mean()


def raises_error(values_new, returns, vf_coef):
    return -vf_coef * ((values_new - returns) ** 2).mean()


def minds_its_dtype(policy, obs, actions, logp_old, advantages):
    loss = made.cpi(policy, obs, actions, logp_old, advantages)
    return loss * (1.01 if advantages.dtype == torch.float32 else 1.0)


# property -> (implementation, claim): a fault that breaks it.
PLANTED = {
    "repeatable": (drifts, "cpi"),
    "inputs-untouched": (centres_in_place, "cpi"),
    "order-of-rollouts": (weighs_by_place, "cpi"),
    "splitting": (made.whitened, "cpi"),
    "masked-slots-ignored": (masks_the_denominator, "cpi"),
    "credit-stays-in-its-state": (meets_the_mean_advantage, "cpi"),
    "credit-raises-probability": (negated, "cpi"),
    "ratio-one": (scaled_by_the_range, "ppo-clip"),
    "lower-bound": (takes_the_larger, "ppo-clip"),
    "boundaries-do-not-leak": (runs_on, "gae"),
    "truncation-bootstraps": (never_bootstraps, "gae"),
    "termination-does-not-bootstrap": (always_bootstraps, "gae"),
    "values-untouched": (trains_the_baseline, "reinforce-baseline"),
    "target-held-fixed": (moves_its_target, "q-learning"),
    "entropy-rises": (lowers_entropy, "entropy-bonus"),
    "error-falls": (raises_error, "value-loss"),
    "float32-agrees": (minds_its_dtype, "cpi"),
    "beginnings-forget": (memory.state_never_emptied, "ppo-recurrent"),
    "state-is-carried": (memory.segments_begin_with_nothing, "ppo-recurrent"),
    "credit-reaches-back": (memory.state_detached_every_step, "ppo-recurrent"),
}


def measured(property_id, function, claim):
    caller = made.caller_of(function, claim)
    cases = sampled_cases(caller.claim, caller.subject, 0)
    return [
        m
        for case in cases
        for m in EXPERIMENTS[property_id](Trial(caller.claim, caller.subject.asks, caller, case))
    ]


def test_a_fault_is_planted_for_every_property():
    # Those of relations between inputs stand in test_metamorphic, those of a step in
    # test_trust_region.
    elsewhere = {"duplication", *(prop.id for prop in (*RELATIONS, *STEPS))}
    assert set(PLANTED) == set(EXPERIMENTS) - elsewhere


@pytest.mark.parametrize("property_id", PLANTED)
def test_a_planted_fault_is_seen(property_id):
    function, claim = PLANTED[property_id]
    found = measured(property_id, function, claim)
    assert any(not m.holds for m in found)
    assert all(m.property_id == property_id for m in found)
    asks = made.caller_of(function, claim).subject.asks
    assert {p.id for p in applicable(find_claim(claim), asks)} >= {property_id}


@pytest.mark.parametrize(
    ("property_id", "function", "claim"),
    [
        ("splitting", made.masked_mean, "cpi"),
        ("splitting", made.reinforce, "reinforce"),
        ("masked-slots-ignored", made.masked_mean, "cpi"),
        ("ratio-one", clip, "ppo-clip"),
        ("lower-bound", clip, "ppo-clip"),
        ("inputs-untouched", made.cpi, "cpi"),
    ],
)
def test_the_right_implementation_passes(property_id, function, claim):
    found = measured(property_id, function, claim)
    assert found
    assert all(m.holds for m in found)


ASKS = frozenset(
    {"advantages", "returns", "mask", "clip_eps", "next_values", "truncated", "terminated",
     "dones", "value_fn", "policy", "obs", "logp_old", "rewards", "values"}
)  # fmt: skip
# A GAE that is handed the advantages would have nothing to do.
COMPUTES = ASKS - {"advantages", "returns"}


RIGHT = list(
    itertools.product(CLAIMS, {"given": ASKS, "computes": COMPUTES}, (RowCaller, ReferenceCaller))
)
NAMES = [f"{asks}-{claim.id}-{kind.__name__}" for claim, asks, kind in RIGHT]


@pytest.mark.parametrize(("claim", "credit", "kind"), one_in(4, RIGHT, NAMES))
def test_every_right_form_has_every_property(claim, credit, kind):
    asks = ASKS if credit == "given" else COMPUTES
    if claim.remembers:
        asks = ASKS | {"initial_state"}  # whose credit is always handed over
    elif asks is ASKS and "advantages" not in {s.id for s in claim.stages}:
        asks = asks - {"advantages"}
    caller = kind(claim=claim, asks=asks, **({"picks": claim.right} if kind is RowCaller else {}))
    subject = Subject(name="right", call=lambda: None, bound={w: w for w in asks})
    cases = list(sampled_cases(claim, subject, 0))
    tried = set()
    for case in cases[:1] if claim.gives == "number" else cases:
        trial = Trial(claim, asks, caller, case)
        for prop in applicable(claim, asks):
            if prop.id in PLANTED:
                for m in EXPERIMENTS[prop.id](trial):
                    assert m.holds, (prop.id, case.form, m.relative_error, m.relative_floor)
                    tried.add(prop.id)
    assert tried >= {"repeatable", "inputs-untouched"}


def test_nan_in_masked_slots_is_told_and_not_judged():
    caller = made.caller_of(made.masked_mean)
    notes = [
        nan_in_masked_slots(Trial(caller.claim, caller.subject.asks, caller, case))
        for case in sampled_cases(caller.claim, caller.subject, 0)
    ]
    assert any(note is not None and "advantages" in note for note in notes)

    def selecting(policy, obs, actions, logp_old, advantages, mask):
        ratio = (policy(obs).log_prob(actions)[mask] - logp_old[mask]).exp()
        return -(ratio * advantages[mask]).mean()

    caller = made.caller_of(selecting)
    for case in sampled_cases(caller.claim, caller.subject, 0):
        trial = Trial(caller.claim, caller.subject.asks, caller, case)
        assert nan_in_masked_slots(trial) is None
