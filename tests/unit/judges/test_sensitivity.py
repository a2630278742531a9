"""The closed forms of gradient norms bound what autograd finds, row by row and head by head."""

import pytest
import torch

from rlcheck.claims import find_claim
from rlcheck.judges.gaussian_cases import sampled_continuous
from rlcheck.judges.sensitivity import sensitivity
from rlcheck.subjects import from_object
from tests.unit.judges import implementations as made


def length(output, parameters):
    found = torch.autograd.grad(output, parameters, allow_unused=True, retain_graph=True)
    return sum(float((g**2).sum()) for g in found if g is not None) ** 0.5


def gradients(batch):
    """The norms of the true gradients of every head, [T, N] each."""
    rollout, networks = batch.rollout, batch.networks
    parameters = list(networks.parameters.values())
    new, old = networks.policy(rollout.obs), batch.policy_old(rollout.obs)
    heads = {
        "score": new.log_prob(rollout.actions),
        "entropy": new.entropy(),
        "value": networks.value(rollout.obs),
        "divergence": torch.distributions.kl_divergence(old, new),
    }
    for name, head in heads.items():
        rows = [
            [length(head[t, n], parameters) for n in range(rollout.N)] for t in range(rollout.T)
        ]
        yield name, torch.tensor(rows, dtype=torch.float64)


def continuous_batch():
    def loss(policy, obs, actions, logp_old, advantages): ...

    subject = from_object(loss, actions="continuous")
    return next(c for c in sampled_continuous(find_claim("cpi"), subject, 0) if not c.on_policy)


@pytest.mark.parametrize("kind", ["discrete", "continuous"])
def test_no_gradient_is_longer(kind):
    case = made.case_of(listed=False, off_policy=True) if kind == "discrete" else continuous_batch()
    batch = case.sampled
    bounds = sensitivity(batch)
    for name, found in gradients(batch):
        bound = getattr(bounds, name)
        assert bool((found <= bound * (1 + 1e-9)).all()), name
        # A bound that is never near says nothing: within a factor of a hundred somewhere.
        assert float((found / bound).max()) > 0.01, name


def test_softmax_scores_and_values_are_exact():
    batch = made.case_of(listed=False, off_policy=True).sampled
    bounds = sensitivity(batch)
    for name, found in gradients(batch):
        if name in ("score", "value"):
            assert torch.allclose(found, getattr(bounds, name), rtol=1e-9)
