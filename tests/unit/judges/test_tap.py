"""The tap against autograd through the exact J, and against one call a rollout."""

import pytest
import torch

from rlcheck import exact
from rlcheck.judges.expectation import _checked_columns, _tap_factor
from rlcheck.judges.tap import Tape, TapLost, row_ids, tapped, weighted_gradient
from tests.unit.judges import implementations as made

EVERY = pytest.mark.parametrize("function", made.TRACED, ids=lambda f: f.__name__)


def singles_of(caller, batch):
    n = batch.rollout.N
    return torch.stack([caller(batch.select(torch.tensor([i]))).vector for i in range(n)])


def relative(found, due):
    return float((found - due).norm() / due.norm())


@pytest.mark.parametrize("form", ["fixed", "delayed"])
@pytest.mark.parametrize("seed", [1, 2])
def test_agrees_with_autograd_through_the_exact_objective(form, seed):
    case = made.case_of(form, seed=seed)
    batch = case.listed
    caller = made.caller_of(made.reinforce, "reinforce")
    found = weighted_gradient(caller, batch, batch.rollout.probability * batch.rollout.N)
    pi = exact.policy_table(case.networks.policy, case.world)
    weight = case.networks.policy.network.weight
    [due] = torch.autograd.grad(-exact.objective(case.world, pi), [weight])
    values = found[due.numel() :]
    assert relative(found[: due.numel()], due.flatten()) < 1e-14
    assert not bool(values.any())
    assert batch.rollout.N > 100


@EVERY
@pytest.mark.parametrize("layout", ["TN", "BT"])
def test_weights_are_those_of_the_rollouts_however_it_is_called(function, layout):
    case = made.case_of(size=made.FULL)
    batch = case.listed.select(torch.tensor([0, 7, 60, 100, 101]))
    caller = made.caller_of(function, layout=layout)
    singles = singles_of(caller, batch)
    weights = torch.rand(5, dtype=torch.float64) + 0.5
    # A mean over the batch divides by N, a sum does not.
    n = 1 if function is made.summed and layout == "TN" else batch.rollout.N
    if layout == "BT" and function in (made.summed, made.step_by_step):
        # Their first axis is now the rollouts: a sum over time and a mean over rollouts.
        return
    found = weighted_gradient(caller, batch, weights * n)
    assert relative(found, (weights[:, None] * singles).sum(0)) < 1e-14


def test_flat_batches():
    batch = made.case_of("ragged").listed
    lengths = batch.rollout.mask.sum(0)
    batch = batch.select((lengths == lengths.max()).nonzero().flatten()[:6])
    caller = made.caller_of(lambda policy, obs, actions, logp_old, advantages, dones: made.cpi(
        policy, obs, actions, logp_old, advantages), layout="flat")  # fmt: skip
    weights = torch.arange(1.0, 7.0).double()
    due = (weights[:, None] * singles_of(caller, batch)).sum(0)
    assert relative(weighted_gradient(caller, batch, weights * 6), due) < 1e-14


def test_value_and_policy_heads_together():
    def loss(policy, value_fn, obs, actions, returns):
        values = value_fn(obs)
        score = policy(obs).log_prob(actions) * (returns - values.detach())
        return -score.mean() + ((values - returns) ** 2).mean()

    batch = made.case_of().listed.select(torch.tensor([0, 50, 51, 3]))
    caller = made.caller_of(loss, "a2c-loss")
    weights = torch.tensor([0.5, 2.0, 3.0, 0.25], dtype=torch.float64)
    due = (weights[:, None] * singles_of(caller, batch)).sum(0)
    assert relative(weighted_gradient(caller, batch, weights * 4), due) < 1e-14


def test_the_vocabulary_s_own_log_probabilities_pass_through_the_tap():
    def loss(logp, entropy, values_new, advantages, returns):
        return (-logp * advantages - 0.1 * entropy + (values_new - returns) ** 2).mean()

    batch = made.case_of().listed.select(torch.tensor([0, 50, 51, 3]))
    caller = made.caller_of(loss, "a2c-loss")
    weights = torch.tensor([0.5, 2.0, 3.0, 0.25], dtype=torch.float64)
    due = (weights[:, None] * singles_of(caller, batch)).sum(0)
    assert relative(weighted_gradient(caller, batch, weights * 4), due) < 1e-14


def test_an_update_caught_at_its_optimiser():
    def update(policy, obs, actions, logp_old, advantages):
        optimizer = torch.optim.SGD(policy.parameters(), lr=0.1)
        made.cpi(policy, obs, actions, logp_old, advantages).backward()
        optimizer.step()

    batch = made.case_of().listed.select(torch.tensor([0, 50, 51, 3]))
    caller = made.caller_of(update, kind="update")
    plain = made.caller_of(made.cpi)
    weights = torch.tensor([0.5, 2.0, 3.0, 0.25], dtype=torch.float64)
    due = (weights[:, None] * singles_of(plain, batch)).sum(0)
    assert relative(weighted_gradient(caller, batch, weights * 4), due) < 1e-14


REFUSED = (
    (made.weight_decay, "fixed"),
    (made.through_numpy, "fixed"),
    (made.whitened, "fixed"),
    (made.centred, "fixed"),
    (made.masked_mean, "ragged"),
    (made.mixed_observations, "fixed"),
    (made.batch_norm, "fixed"),
)


def factor_of(function, form):
    batch = made.case_of(form, off_policy=True).listed
    batch = batch.select(_checked_columns(batch))
    caller = made.caller_of(function)
    return _tap_factor(caller, batch, singles_of(caller, batch)), batch.rollout.N


@pytest.mark.parametrize(("function", "form"), REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_the_self_check_refuses_what_the_tap_cannot_see(function, form):
    assert factor_of(function, form)[0] is None


@EVERY
def test_the_self_check_passes_what_the_tap_can_see(function):
    factor, n = factor_of(function, "fixed")
    assert factor == (n if function is made.summed else 1)


def test_a_small_bypass_is_refused_too():
    def nearly(policy, obs, actions, logp_old, advantages):
        decay = sum((p**2).sum() for p in policy.parameters())
        return made.cpi(policy, obs, actions, logp_old, advantages) + 1e-7 * decay

    assert factor_of(nearly, "fixed")[0] is None


def test_the_checked_rollouts_have_unequal_lengths():
    batch = made.case_of("ragged").listed
    lengths = batch.select(_checked_columns(batch)).valid_steps
    assert lengths.min() == batch.valid_steps.min()
    assert lengths.max() == batch.valid_steps.max()
    assert lengths.min() < lengths.max()


def test_ids_travel_with_views_and_copies():
    batch = made.case_of().listed.select(torch.tensor([4, 5, 6]))
    with tapped(batch, Tape()) as visible:
        obs = visible.rollout.obs
        for view, due in (
            (obs[1], [1, 2, 3]),
            (obs[:, [2, 0]][0], [3, 1]),
            (obs.transpose(0, 1).reshape(-1, obs.shape[-1])[: len(obs)], [1] * len(obs)),
            (torch.cat([obs[0], obs[0].flip(0)]), [1, 2, 3, 3, 2, 1]),
            (obs.float().double()[0], [1, 2, 3]),
            (torch.no_grad()(lambda: 1.0 * obs)()[0], [1, 2, 3]),
            (obs.clone()[0], [1, 2, 3]),
        ):
            ids = row_ids(view)[1]
            assert ids is not None
            assert ids.tolist() == due
        # Other routes are due here: slower, as honest.
        assert row_ids(obs.detach())[1] is None
        assert row_ids(torch.as_tensor(batch.rollout.obs.numpy()))[1] is None


def test_lost_ids_are_told():
    batch = made.case_of().listed.select(torch.tensor([4, 5, 6]))
    weights = torch.ones(3, dtype=torch.float64)
    with pytest.raises(TapLost):
        weighted_gradient(made.caller_of(made.through_numpy), batch, weights)
    with pytest.raises(TapLost, match="mixed"):
        weighted_gradient(made.caller_of(made.mixed_observations), batch, weights)


def test_the_networks_are_as_they_were():
    case = made.case_of()
    batch = case.listed
    before = [p.detach().clone() for p in case.networks.parameters.values()]
    weighted_gradient(made.caller_of(made.cpi), batch, torch.ones(batch.rollout.N).double())
    assert all(p.grad is None for p in case.networks.parameters.values())
    after = case.networks.parameters.values()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
