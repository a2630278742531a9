"""Words become settings of the right type, or one line that says why not."""

import json
from dataclasses import replace

import pytest

from rlcheck.algorithms.seeds import derived_seed
from rlcheck.errors import InvalidArgument
from rlcheck.training import ALGORITHMS, configured
from rlcheck.training.configuration import configuration_of, require_same, settings_of

GIVEN = {"env": "CartPole-v1", "steps": 100}


def test_words_become_what_the_annotation_says():
    found = settings_of(
        ALGORITHMS["ppo"],
        {"surrogate": "penalty", "epochs": "3", "learning_rate": "1e-3", "whiten": "false",
         "max_grad_norm": "none", "stop_at_kl": "0.02"},
    )  # fmt: skip
    assert (found.surrogate, found.epochs, found.learning_rate) == ("penalty", 3, 1e-3)
    assert found.whiten is False
    assert found.max_grad_norm is None
    assert found.stop_at_kl == 0.02
    assert type(found.epochs) is int


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"clip": "0.1"}, "no such setting"),
        ({"epochs": "2.5"}, "a whole number"),
        ({"learning_rate": "fast"}, "a finite number"),
        ({"learning_rate": "nan"}, "a finite number"),
        ({"learning_rate": "-1"}, "not positive"),
        ({"gamma": "1.5"}, r"not in \[0, 1\]"),
        ({"surrogate": "clipp"}, "clip or penalty"),
        ({"whiten": "perhaps"}, "true or false"),
        ({"stop_at_kl": "never"}, "a finite number or none"),
        ({"epochs": "0"}, "too few"),
    ],
)
def test_what_is_no_setting_is_refused(words, said):
    with pytest.raises(InvalidArgument, match=said):
        configured("ppo", **GIVEN, settings=words)


@pytest.mark.parametrize(
    "changed",
    [{"steps": 0}, {"envs": 0}, {"checkpoint_every": 0}, {"log_every": -1}, {"seed": -1},
     {"normalize": ("actions",)}, {"normalize": ("rewards",), "processes": 2}],
)  # fmt: skip
def test_what_cannot_be_is_refused(changed):
    with pytest.raises(InvalidArgument):
        configured("ppo", **{**GIVEN, **changed})


def test_an_unknown_algorithm_is_answered_with_those_that_there_are():
    with pytest.raises(InvalidArgument, match=", ".join(ALGORITHMS)):
        configured("sac", **GIVEN)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_s_settings_survive_being_written(name):
    asked = configured(name, **GIVEN)
    found = json.loads(json.dumps(asked.as_json()))
    require_same(found, asked)
    assert asked.typed == ALGORITHMS[name].settings()


@pytest.mark.parametrize(
    ("changed", "name"),
    [({"seed": 1}, "seed"), ({"settings": {"gamma": "0.9"}}, "gamma"), ({"envs": 2}, "envs")],
)
def test_another_run_is_not_gone_on_with(changed, name):
    with pytest.raises(InvalidArgument, match=f"^{name}: the run in this folder was begun with"):
        require_same(configured("ppo", **GIVEN).as_json(), configured("ppo", **GIVEN, **changed))


def test_the_number_of_steps_may_be_another():
    require_same(
        configured("ppo", **GIVEN).as_json(), configured("ppo", env="CartPole-v1", steps=7)
    )


def test_what_learns_in_one_process_is_not_spread(monkeypatch):
    def train(environments, settings, steps, seed=0, *, device="cpu", saved=None):
        raise AssertionError("it is not called")

    alone = replace(ALGORITHMS["ppo"], train=train)
    monkeypatch.setitem(ALGORITHMS, "alone", alone)
    configured("alone", **GIVEN)
    with pytest.raises(InvalidArgument, match="it learns in one process, and here are 2"):
        configured("alone", **GIVEN, processes=2)


@pytest.mark.parametrize(
    ("algorithm", "setting"),
    [
        ("ppo", "clip_eps=-1"), ("ppo", "vf_coef=-1"), ("ppo", "ent_coef=-5"), ("ppo", "n_steps=1"),
        ("a2c", "n_steps=1"), ("a2c", "ent_coef=-5"), ("trpo", "damping=-1"), ("trpo", "shrink=2"),
        ("trpo", "n_steps=1"), ("ppo-recurrent", "clip_eps=0"), ("dqn", "gamma=2"),
        ("dqn", "learning_starts=60000"), ("q-learning", "learning_rate=0"),
        ("ppo", "n_steps=1" + "0" * 400),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused_before_anything_is_begun(algorithm, setting):
    name, _, value = setting.partition("=")
    with pytest.raises(InvalidArgument, match=f"{name}|--set"):
        configured(algorithm, env="CartPole-v1", steps=1, settings={name: value})


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(InvalidArgument, match="seed"):
        configured("ppo", env="CartPole-v1", steps=1, seed=seed)


def test_a_configuration_comes_back_from_its_file_and_another_does_not():
    asked = configured("ppo", env="CartPole-v1", steps=1, normalize=("rewards",))
    data = json.loads(json.dumps(asked.as_json()))
    assert configuration_of(data) == asked
    spoilt = {**data, "settings": {"clip": 1}}
    for wrong in ({}, {**data, "colour": 1}, {**data, "algorithm": "none"}, spoilt):
        with pytest.raises(InvalidArgument, match=r"config\.json"):
            configuration_of(wrong)


def test_numbers_in_another_order_or_more_of_them_give_another_seed():
    given = [(5,), (5, 0), (0, 5), (5, 1), (5, 1, 0), (5, 1, 3), (5 + 2**32, 3), (2**70,)]
    assert len({derived_seed(*numbers) for numbers in given}) == len(given)
