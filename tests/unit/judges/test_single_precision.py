"""Code that rounds to float32 inside is found, and curvature is not taken for it."""

import pytest
import torch

from rlcheck.judges.callers import ReferenceCaller
from rlcheck.judges.single_precision import computes_in_float32, in_float32
from tests.unit.judges import implementations as made


def casts(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions).float() - logp_old.float()).exp()
    return -(ratio * advantages.float()).mean()


def casts_advantages(policy, obs, actions, logp_old, advantages):
    return made.cpi(policy, obs, actions, logp_old, advantages.float().double())


def curved(policy, obs, actions, logp_old, advantages):
    ratio = (policy(obs).log_prob(actions) - logp_old).exp()
    return -(ratio**3 * advantages).mean()


@pytest.mark.parametrize("off_policy", [False, True])
@pytest.mark.parametrize(
    ("function", "found"),
    [(casts, True), (casts_advantages, True), (made.cpi, False), (curved, False),
     (made.one_by_one, False), (made.whitened, False)],
)  # fmt: skip
def test_float32_inside_is_found(function, found, off_policy):
    batch = made.case_of(listed=False, off_policy=off_policy).sampled
    caller = made.caller_of(function)
    reference = ReferenceCaller(claim=caller.claim, asks=caller.subject.asks)
    assert computes_in_float32(caller, reference, batch) is found


def test_the_batch_in_float32():
    batch = made.case_of("ragged", listed=False).sampled
    single = in_float32(batch)
    assert single.advantages.dtype == single.rollout.obs.dtype == torch.float32
    assert single.rollout.actions.dtype == torch.int64
    assert single.rollout.mask.dtype == torch.bool
    assert all(p.dtype == torch.float32 for p in single.networks.parameters.values())
    assert all(p.dtype == torch.float64 for p in batch.networks.parameters.values())
