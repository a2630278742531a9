"""What captions say of pictures is so, and a picture has no colour of its own."""

import math
import re

import pytest
import torch

from rlcheck import exact
from rlcheck.errors import InvalidArgument
from rlcheck.estimators import td_errors
from rlcheck.reports.plot.ticks import linear_ticks, log_ticks
from rlcheck.site.pictures import (
    baselines,
    clipping,
    critics,
    effective_samples,
    fitted_values,
    penalty,
    ppo_and_trpo,
    rates,
    repeated_steps,
    value_targets,
)
from rlcheck.site.pictures import weights as weight_pictures
from rlcheck.site.pictures.setting import (
    Softmax,
    chain,
    exact_gradient,
    gradients,
    mean_of,
    total_variance,
)
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Scale, Stroke, figure, svg


def test_the_mean_return_is_not_the_best_baseline_and_twice_the_best_does_no_good():
    zero, one = baselines._with_constant(0.0), baselines._with_constant(1.0)
    _, _, rollout = baselines._setting()
    mean, best = baselines._constants()

    def variance(b):
        return total_variance(zero + b * (one - zero), rollout)

    assert variance(best) < variance(mean) < variance(0.0)
    assert math.isclose(variance(2 * best), variance(0.0), rel_tol=1e-9)
    assert variance(2.1 * best) > variance(0.0)


def test_every_form_of_credit_has_the_gradient_of_j_as_its_expectation():
    world, policy = chain(3), Softmax()
    rollout = exact.enumerate_episodes(world, policy.table.detach())
    found = gradients(
        lambda r, logp: rates.losses.reinforce(logp, r.rewards, world.gamma), policy, rollout
    )
    true = exact_gradient(world, policy)
    assert float((mean_of(found, rollout) - true).norm() / true.norm()) < 1e-12
    assert all(x > 0 for x in baselines._forms(3))


def test_one_plus_the_variance_of_a_trajectorys_weight_is_a_power():
    first = 1 + weight_pictures._variances(1.0, 1)[0]
    for horizon in (2, 4):
        assert math.isclose(1 + weight_pictures._variances(1.0, horizon)[0], first**horizon)
    whole, per_decision = weight_pictures._variances(1.0, 4)
    assert per_decision < whole


def test_only_lambda_one_is_unbiased_under_a_wrong_critic():
    assert critics._bias_and_spread(0.0, 0.3)[0] < 1e-12
    assert critics._bias_and_spread(1.0, 1.0)[0] < 1e-12
    assert critics._bias_and_spread(1.0, 0.5)[0] > 0.01
    assert critics._bias_and_spread(1.0, 0.5)[1] > critics._bias_and_spread(0.0, 0.5)[1]


def test_the_penalty_rests_under_its_rule_and_under_no_misprint_of_it():
    paths = {name: penalty._path(rule) for name, rule in penalty.RULES}
    ends = {name: {beta for beta, _ in path[-6:]} for name, path in paths.items()}
    assert len(ends["the rule"]) == 1
    assert len(ends["one threshold for both"]) == 2
    assert len(ends["target / 1.5 in both"]) == 2
    mean = {name: sum(kl for _, kl in path[-6:]) / 6 for name, path in paths.items()}
    assert mean["target / 1.5 in both"] < penalty.TARGET / 1.5 < mean["the rule"]


def test_repeated_steps_of_the_policy_gradient_lose_what_clipped_ones_keep():
    seeds = range(4)
    plain = [repeated_steps.path(repeated_steps.policy_gradient_loss, seed) for seed in seeds]
    clipped = [repeated_steps.path(repeated_steps.clipped_loss, seed) for seed in seeds]
    assert plain[0][0] == clipped[0][0]
    assert sum(one[-1] for one in plain) < sum(one[-1] for one in clipped)
    assert min(one[-1] for one in plain) < plain[0][0] - 1
    assert min(one[-1] for one in clipped) > clipped[0][0] - 1


def test_the_clipped_objective_is_flat_where_the_caption_says():
    *_, above = clipping._pieces()
    values, slopes = clipping.surrogate(above, 1.0, clipping.EPS)
    assert len(set(values)) == 1
    assert set(slopes) == {0.0}


def _plot(**changed):
    points = [(1.0, 1.0), (10.0, math.nan), (100.0, 50.0)]
    given = {
        "description": "a < b",
        "x": Axis(label="x_t", scale=Scale.LOG),
        "y": Axis(label="y"),
        "curves": (
            Curve(name="one", points=points, colour=1),
            Curve(name="", points=points, colour=2, stroke=Stroke.POINTS),
        ),
        "rules": (Rule(label="here", y=10.0),),
    }
    return Plot(**(given | changed))


def test_a_plot_has_no_colour_of_its_own():
    drawn = figure([_plot()], "See x_t.", "name") + clipping.clipped_objective()
    assert not re.search(r"#[0-9a-f]{3}|rgb|fill=|stroke=|style=", drawn)


def test_a_plot_breaks_its_line_where_there_is_no_number():
    [path] = re.findall(r'class="rl-curve rl-c1" d="([^"]+)"', svg(_plot()))
    assert path.count("M") == 2
    assert "nan" not in svg(_plot())
    assert svg(_plot()).count("<circle") == 2


def test_a_plot_says_what_it_shows_to_those_who_do_not_see_it():
    assert 'aria-label="a &lt; b"' in svg(_plot())


def test_the_legend_lists_what_has_a_name():
    drawn = figure([_plot(), _plot()], "See.", "name")
    assert drawn.count("<li>") == 1


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.7, 12.2), (2e-3, 9e-3)])
def test_linear_ticks_are_few_and_inside(low, high):
    places = [place for place, _ in linear_ticks(low, high)]
    assert 3 <= len(places) <= 7
    assert all(low - 1e-9 <= place <= high + 1e-9 for place in places)


@pytest.mark.parametrize(("low", "high"), [(0.02, 0.9), (1e-5, 1e6), (3.0, 40.0)])
def test_log_ticks_are_few_and_inside(low, high):
    places = [place for place, _ in log_ticks(low, high)]
    assert 2 <= len(places) <= 8
    assert all(low * (1 - 1e-9) <= place <= high * (1 + 1e-9) for place in places)


def test_the_policy_of_the_pictures_is_a_distribution():
    assert torch.allclose(Softmax().table.sum(1), torch.ones(2, dtype=torch.float64))


def test_one_step_targets_spread_less_for_a_good_critic_and_more_for_a_bad_one():
    whole, _, one_step = value_targets.TARGETS
    bias, spread = value_targets.bias_and_spread(whole, 2.0)
    assert abs(bias) < 1e-12
    assert value_targets.bias_and_spread(one_step, 0.0)[1] < spread
    end = value_targets.end_of_less()
    assert value_targets.bias_and_spread(one_step, end)[1] > spread
    assert value_targets.bias_and_spread(one_step, end - 0.1)[1] <= spread


def test_the_bias_of_a_one_step_target_is_what_the_derivation_says():
    """γ E[v − V] at the next state: the chance of being in state 1 times the error there."""
    world, policy = chain(value_targets.HORIZON), Softmax().table.detach()
    there = float(policy[0] @ world.transitions[0, :, 1])
    bias, _ = value_targets.bias_and_spread(value_targets.TARGETS[2], 0.7)
    assert bias == pytest.approx(world.gamma * there * 0.7, rel=1e-12)


def test_temporal_differences_rest_where_their_errors_sum_to_zero():
    world = fitted_values.vacuum_corridor()
    generator = torch.Generator().manual_seed(3)
    rollout = fitted_values.sample_episodes(world, fitted_values.table(), 40, generator)
    for seen in (fitted_values.CELLS, fitted_values.LOOKS):
        steps, count = fitted_values.steps_of(rollout, seen, world.gamma), max(seen) + 1
        fit = fitted_values.by_differences(steps, count, world.gamma)
        errors = td_errors(
            steps.rewards, fit[steps.keys], fit[steps.next_keys], ~steps.goes_on, world.gamma
        )
        sums = torch.zeros(count, dtype=torch.float64).index_add(0, steps.keys, errors)
        assert float(sums.abs().max()) < 1e-9


def test_regression_is_the_mean_return_of_what_was_seen():
    world = fitted_values.vacuum_corridor()
    rollout = fitted_values.sample_episodes(
        world, fitted_values.table(), 30, torch.Generator().manual_seed(4)
    )
    steps = fitted_values.steps_of(rollout, fitted_values.LOOKS, world.gamma)
    fit = fitted_values.by_regression(steps, 4)
    assert float(fit[1]) == pytest.approx(float(steps.returns[steps.keys == 1].mean()))
    assert float(fit[3]) == 0.0


def test_shared_entries_stop_temporal_differences_and_not_regression():
    mc_cells, td_cells = fitted_values.errors(fitted_values.CELLS, 64, 20)
    assert td_cells < mc_cells
    mc_looks, td_looks = fitted_values.errors(fitted_values.LOOKS, 1024, 5)
    best = fitted_values.best_fit()
    assert mc_looks == pytest.approx(best, rel=0.1)
    assert td_looks > 1.2 * best


def test_the_exact_share_is_that_of_the_enumerated_weights():
    old, new = effective_samples.laws(1.0)
    rollout = exact.enumerate_episodes(chain(3), old)
    weight = (new / old)[rollout.states, rollout.actions].prod(0)
    second = float(exact.expectation(lambda _: weight.square(), rollout))
    assert effective_samples.exact_share(1.0, 3) == pytest.approx(1 / second, rel=1e-12)


def test_the_share_is_at_most_that_of_the_divergence_and_found_too_large_when_it_is_small():
    new, old = effective_samples.pairs()
    share = (-exact.renyi_divergence(new, old)).exp()
    assert bool((share <= (-exact.kl_divergence(new, old)).exp()).all())
    found = [effective_samples.sampled_share(2.0, 8, 1000, seed) for seed in range(9)]
    assert sorted(found)[4] > 2 * effective_samples.exact_share(2.0, 8)


def test_an_interval_of_the_median_is_of_order_statistics():
    found = ppo_and_trpo.median_interval([float(x) for x in range(20, 0, -1)])
    assert (found.low, found.high) == (6.0, 15.0)
    assert found.missed == pytest.approx(2 * sum(math.comb(20, i) for i in range(6)) / 2**20)
    with pytest.raises(InvalidArgument, match="few"):
        ppo_and_trpo.median_interval([1.0, 2.0, 3.0])


def test_an_interval_of_the_median_misses_as_rarely_as_it_says():
    """Of a skewed law whose median is log 2; so many misses have a probability below 1e-6."""
    random = torch.Generator().manual_seed(0)
    draws = torch.empty(4000, 10, dtype=torch.float64).exponential_(generator=random)
    found = [ppo_and_trpo.median_interval(row.tolist()) for row in draws]
    missed = sum(not one.low <= math.log(2) <= one.high for one in found)
    rate = found[0].missed
    assert missed <= 4000 * rate + 5 * (4000 * rate) ** 0.5 + 10
    assert missed >= 4000 * rate - 5 * (4000 * rate) ** 0.5 - 10


def test_the_record_has_both_algorithms_on_every_seed_of_every_task():
    tasks = ppo_and_trpo.recorded()
    assert len(tasks) >= 3
    for runs in tasks:
        assert len(runs.ppo) == len(runs.trpo) >= 12
        interval = ppo_and_trpo.median_interval(runs.differences)
        assert interval.missed <= ppo_and_trpo.MISSED
        assert interval.low <= sorted(runs.differences)[len(runs.ppo) // 2] <= interval.high
