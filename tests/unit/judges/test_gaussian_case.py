"""Continuous cases: what they reach, and that they can be made again."""

from dataclasses import replace

import pytest
import torch

from rlcheck import losses
from rlcheck.claims import find_claim
from rlcheck.exact import linear_gaussian as exact
from rlcheck.judges.coverage import coverage_of
from rlcheck.judges.gaussian_case import GaussianCase, exact_weights
from rlcheck.judges.gaussian_cases import sampled_continuous
from rlcheck.judges.gaussian_worlds import (
    FULL,
    LISTED,
    SMALL,
    QuadraticValue,
    as_weights,
)
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.shrinking import smallest_failing
from rlcheck.subjects import make_subject

SETTINGS = (("gamma", 0.75), ("clip_eps", 0.25))
BASE = Recipe(actions="continuous", form="fixed", size=FULL, settings=SETTINGS)


def case_of(**changes) -> GaussianCase:
    case = make_case(replace(BASE, **changes))
    assert isinstance(case, GaussianCase)
    return case


def test_on_policy_is_one_policy():
    case = case_of()
    assert case.on_policy
    assert not case_of(off_policy=True).on_policy
    batch = case.sampled
    logp = batch.networks.logp(batch.rollout.obs, batch.rollout.actions)
    assert torch.equal(logp, batch.logp_old)


@pytest.mark.parametrize("seed", range(5))
def test_off_policy_batches_reach_every_region_with_either_sign(seed):
    subject = make_subject(losses.ppo_clip, actions="continuous")
    cases = list(sampled_continuous(find_claim("ppo-clip"), subject, seed))
    coverage = coverage_of(cases, clips=True)
    assert all(coverage.regions.values())
    assert len(coverage.regions) == 6
    assert coverage.state_action_time > 0.75


def test_actions_are_vectors():
    rollout = case_of().sampled.rollout
    assert rollout.actions.shape == (3, 6, 2)
    assert rollout.terminated[-1].all()
    assert not rollout.terminated[:-1].any()


def test_delayed_rewards_come_last():
    rollout = case_of(form="delayed").sampled.rollout
    assert rollout.T == 2
    assert (rollout.rewards[0] == 0).all()
    assert (rollout.rewards[1] != 0).all()


def test_segments_end_or_are_cut_in_the_middle():
    ends = case_of(form="segments", limit=True, seed=1).sampled.rollout
    cuts = case_of(form="segments", limit=True, seed=2).sampled.rollout
    assert ends.terminated[1].all()
    assert not ends.truncated.any()
    assert cuts.truncated[1].all()
    assert not cuts.terminated.any()
    assert not case_of(form="segments", limit=False, seed=2).sampled.rollout.truncated.any()


def test_ragged_batches_have_padding():
    rollout = case_of(form="ragged").sampled.rollout
    assert rollout.lengths.tolist() == [1, 2, 3, 1, 2, 3]
    last = rollout.terminated[rollout.lengths - 1, torch.arange(rollout.N)]
    assert last.all()
    assert rollout.terminated.sum() == rollout.N


@pytest.mark.parametrize("form", ["fixed", "delayed", "segments", "time-limit"])
def test_an_exact_critic_is_the_value_of_the_old_policy(form):
    case = case_of(form=form, listed=True, exact_critic=True, size=LISTED)
    known = exact.ExactCritic(case.world, case.policy_old)
    rollout = case.listed.rollout
    live = ~rollout.terminated
    torch.testing.assert_close(case.listed.values, known(rollout.obs), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        case.listed.next_values[live], known(rollout.next_obs)[live], rtol=1e-12, atol=1e-12
    )


def test_what_follows_the_end_is_not_zero():
    case = case_of(listed=True, exact_critic=True, size=LISTED)
    assert (case.listed.next_values[case.listed.rollout.terminated] != 0).all()
    zero = exact_weights(case.world, case.policy_old, None)
    assert (zero[-1] == 0).all()


@pytest.mark.parametrize(
    ("off_policy", "form"), [(False, "fixed"), (False, "segments"), (True, "fixed")]
)
def test_nodes_are_a_distribution(off_policy, form):
    size = replace(LISTED, horizon=1) if off_policy else LISTED
    case = case_of(off_policy=off_policy, form=form, listed=True, exact_critic=True, size=size)
    for order in (case.order, case.finer_order):
        probability = case.on_nodes(order).rollout.probability
        assert (probability > 0).all()
        torch.testing.assert_close(probability.sum(), torch.ones((), dtype=torch.float64))


def test_advantages_on_nodes_average_to_zero():
    batch = case_of(listed=True, exact_critic=True, size=LISTED).listed
    mean = batch.advantages @ batch.rollout.probability
    assert mean.abs().max() < 1e-13 * batch.advantages.abs().max()


def test_the_small_sibling_is_small():
    assert case_of(listed=True, exact_critic=True, size=SMALL).listed.rollout.N == 9


def test_weights_of_a_quadratic_give_its_values():
    generator = torch.Generator().manual_seed(3)
    half = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    points = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    quadratic = exact.Quadratic(matrix=half + half.T)
    found = QuadraticValue(as_weights(quadratic.matrix)[None])(points)
    torch.testing.assert_close(found, quadratic(points), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("form", ["fixed", "segments"])
def test_a_token_gives_the_same_numbers(form):
    case = case_of(form=form, off_policy=True, seed=5, limit=True)
    again = make_case(Recipe.from_token(case.recipe.token))
    assert isinstance(again, GaussianCase)
    for word in ("obs", "actions", "rewards", "logp_old", "values", "advantages"):
        assert torch.equal(case.sampled.array(word), again.sampled.array(word))
    assert torch.equal(
        case.networks.policy.network.mean.weight, again.networks.policy.network.mean.weight
    )


def test_shrinking_finds_one_state_one_action_one_step():
    seen = case_of(off_policy=True)
    found = smallest_failing(seen, lambda case: bool((case.sampled.rollout.rewards != 0).any()))
    assert isinstance(found, GaussianCase)
    size = found.recipe.size
    assert (size.n_states, size.n_actions, size.horizon, size.successors) == (1, 1, 1, 1)
