"""REINFORCE's update in each form, held to its claim; whole episodes and nothing behind them."""

import pytest
import torch

import rlcheck
from rlcheck.algorithms import reinforce
from rlcheck.algorithms.environments import make_environments
from rlcheck.algorithms.experience import collect_episodes
from rlcheck.algorithms.networks import make_networks
from rlcheck.errors import InvalidArgument
from rlcheck.training.updates import reinforce_update
from tests.tiers import spread


@pytest.mark.parametrize(
    ("form", "outcome", "conventions"),
    spread(
        [
            ("step-mean", "convention", ("gamma-t-dropped", "mean-over-steps")),
            ("full-return", "convention", ("full-return",)),
            ("reward-to-go", "consistent", ()),
        ],
        quick=1,
    ),
)
def test_each_form_is_what_it_says(form, outcome, conventions):
    verdict = rlcheck.check(reinforce_update(form), claim="reinforce", shrink=False)
    assert (verdict.outcome, verdict.error) == (outcome, None), verdict.notes
    assert verdict.conventions == conventions


@pytest.mark.parametrize("native", [True, False])
def test_episodes_are_whole_and_nothing_stands_behind_them(native):
    environments = make_environments("CartPole-v1", 5, native=native)
    networks = make_networks(4, environments.actions, 0)
    generator = torch.Generator().manual_seed(0)
    found = collect_episodes(environments, networks, environments.reset(0), 1000, generator)
    ends = found.terminated | found.truncated
    lengths = found.real.sum(0)
    assert ends.sum(0).tolist() == [1] * 5
    assert len(set(lengths.tolist())) > 1
    for n, length in enumerate(lengths.tolist()):
        assert bool(ends[length - 1, n])
        assert bool(found.real[:length, n].all())
        assert float(found.rewards[:, n].sum()) == length
    with pytest.raises(InvalidArgument, match="episodes are longer"):
        collect_episodes(environments, networks, environments.reset(0), 5, generator)


@pytest.mark.parametrize("form", reinforce.FORMS)
def test_it_runs_and_one_seed_is_one_run(form):
    flat = []
    for _ in range(2):
        settings = reinforce.Reinforce(form=form)
        runs = list(reinforce.train(make_environments("CartPole-v1", 4), settings, 3, seed=1))
        flat.append(torch.nn.utils.parameters_to_vector(runs[-1][0].networks.parameters()))
    assert torch.equal(*flat)
    assert bool(torch.isfinite(flat[0]).all())


def test_a_form_that_is_none_is_refused():
    with pytest.raises(InvalidArgument, match="full-return, reward-to-go"):
        reinforce.Reinforce(form="returns")


@pytest.mark.thorough
def test_it_learns_to_balance():
    settings = reinforce.Reinforce(form="baseline", learning_rate=1e-2)
    lengths = [
        float(episodes.real.sum(0).double().mean())
        for _, episodes in reinforce.train(make_environments("CartPole-v1", 16), settings, 60)
    ]
    assert sum(lengths[-5:]) > 3 * sum(lengths[:5])
