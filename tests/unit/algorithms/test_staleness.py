"""A2C behind itself: the gradient of old parameters, applied to new ones."""

import torch

from rlcheck import losses
from rlcheck.algorithms import a2c
from rlcheck.algorithms.environments import Actions
from rlcheck.algorithms.experience import Experience
from rlcheck.algorithms.networks import make_networks


def experience(seed):
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(6, 16, generator=generator)
    return Experience(
        obs=drawn[:4].T.contiguous(), actions=(drawn[4] > 0).long(), logp_old=drawn[5] * 0,
        values_old=drawn[5] * 0, advantages=drawn[4], returns=drawn[5],
    )  # fmt: skip


def make(staleness, **options):
    networks = make_networks(4, Actions(kind="discrete", size=2), 0, width=8)
    settings = a2c.A2C(staleness=staleness, learning_rate=0.05, **options)
    return a2c.Learner(networks=networks, settings=settings, generator=torch.Generator())


def flat(networks):
    return torch.nn.utils.parameters_to_vector(networks.parameters()).detach().clone()


def by_hand(staleness, updates):
    """theta_k+1 = RMSprop(theta_k, gradient at theta_{max(0, k - staleness)}), with plain torch."""
    learner = make(0)
    behind = make(0).networks
    optimizer = torch.optim.RMSprop(learner.networks.parameters(), lr=0.05, alpha=0.99, eps=1e-5)
    past = [flat(learner.networks)]
    for k in range(updates):
        torch.nn.utils.vector_to_parameters(past[max(0, k - staleness)], behind.parameters())
        data = experience(k)
        new = behind.evaluate(data.obs, data.actions)
        loss = losses.a2c_loss(
            new.logp, data.advantages, new.values, data.returns, new.entropy, 0.5, 0.0
        )
        gradients = torch.autograd.grad(loss, list(behind.parameters()))
        for parameter, gradient in zip(learner.networks.parameters(), gradients, strict=True):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(learner.networks.parameters(), 0.5)
        optimizer.step()
        past.append(flat(learner.networks))
    return past


def test_the_gradient_is_that_of_the_parameters_so_many_updates_ago():
    runs = {}
    for staleness in (0, 1, 3):
        learner, due = make(staleness), by_hand(staleness, 6)
        for k in range(6):
            assert torch.equal(flat(learner.behaviour), due[max(0, k - staleness)])
            learner.update(experience(k))
            assert torch.allclose(flat(learner.networks), due[k + 1], atol=1e-6)
        runs[staleness] = due[-1]
    assert not torch.allclose(runs[0], runs[1], atol=1e-3)
    assert not torch.allclose(runs[1], runs[3], atol=1e-3)


def test_without_staleness_nothing_is_copied():
    learner = make(0)
    assert learner.behaviour is learner.networks
    assert not learner.past
