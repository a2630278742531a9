"""Parameters bind by name alone; what cannot be bound is refused with what there is."""

import functools

import pytest

from rlcheck.errors import InvalidArgument
from rlcheck.subjects.binding import bind


def test_words_and_synonyms():
    def loss(pi, b_obs, acts, old_log_probs, adv, clip_coef=0.2):
        pass

    assert bind(loss) == {
        "pi": "policy",
        "b_obs": "obs",
        "acts": "actions",
        "old_log_probs": "logp_old",
        "adv": "advantages",
        "clip_coef": "clip_eps",
    }


def test_an_unknown_parameter_with_a_default_keeps_it():
    def loss(logp, reduction="mean", *args, **kwargs):
        pass

    assert bind(loss) == {"logp": "logp"}


def test_an_unknown_parameter_without_a_default_is_refused_with_the_nearest_word():
    def loss(advantagez):
        pass

    with pytest.raises(InvalidArgument, match="advantagez") as refused:
        bind(loss)
    assert "close to 'advantages'" in str(refused.value)
    assert "clip_eps" in str(refused.value)


def test_all_unknown_parameters_are_told_at_once():
    def loss(advantagez, mystery, logp, spare=1):
        pass

    with pytest.raises(InvalidArgument) as refused:
        bind(loss)
    assert "'advantagez' (close to 'advantages'), 'mystery'" in str(refused.value)
    assert "--names advantagez=WORD --names mystery=WORD" in str(refused.value)


def test_names_overrule_the_vocabulary():
    def loss(returns, x):
        pass

    assert bind(loss, {"returns": "advantages", "x": "logp"}) == {
        "returns": "advantages",
        "x": "logp",
    }


@pytest.mark.parametrize("names", [{"y": "logp"}, {"x": "nothing"}])
def test_names_that_do_not_exist_are_refused(names):
    with pytest.raises(InvalidArgument):
        bind(lambda x: None, names)


def test_two_parameters_for_one_word_are_refused():
    with pytest.raises(InvalidArgument, match="two parameters ask for 'advantages'"):
        bind(lambda adv, advantages: None)


def test_what_a_partial_fixed_is_its_own_affair():
    def loss(logp, strange, clip_eps):
        pass

    assert bind(functools.partial(loss, strange=3, clip_eps=0.2)) == {"logp": "logp"}


def test_callable_objects_and_methods():
    class Loss:
        def __call__(self, logp, adv):
            pass

        def method(self, logp):
            pass

    assert bind(Loss()) == {"logp": "logp", "adv": "advantages"}
    assert bind(Loss().method) == {"logp": "logp"}


@pytest.mark.parametrize("thing", [3, "ppo", None])
def test_what_cannot_be_called_is_refused(thing):
    with pytest.raises(InvalidArgument, match="cannot be called"):
        bind(thing)


@pytest.mark.parametrize("ambiguous", ["masks", "value", "values_pred_old", "probs", "x"])
def test_spellings_of_two_meanings_are_left_to_the_user(ambiguous):
    namespace: dict = {}
    exec(f"def loss({ambiguous}): pass", namespace)
    with pytest.raises(InvalidArgument):
        bind(namespace["loss"])
