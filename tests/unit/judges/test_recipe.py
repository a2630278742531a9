"""A token is a case: the same numbers again, on every form."""

import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.judges.chooser import Chooser, replayed, seeded
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.judges.worlds import SMALL, Size
from tests.unit.judges import implementations as made

FORMS = ("fixed", "delayed", "ragged", "segments", "time-limit")
TABLES = ("logits", "logits_old", "values", "critic", "values_old")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("size", [Size(), SMALL, Size(n_states=1, n_actions=2, horizon=1)])
def test_a_token_gives_the_same_numbers(form, listed, size):
    case = made.case_of(form, listed=listed, size=size, off_policy=True, seed=5)
    token = case.recipe.token
    again = make_case(Recipe.from_token(token))
    assert again.recipe == case.recipe
    assert again.recipe.token == token
    for name in TABLES:
        assert torch.equal(getattr(again, name), getattr(case, name))
    for name in ("transitions", "rewards", "initial", "terminal"):
        assert torch.equal(getattr(again.world, name), getattr(case.world, name))
    one, other = case.sampled, again.sampled
    assert torch.equal(one.advantages, other.advantages)
    assert torch.equal(one.rollout.actions, other.rollout.actions)
    found = [made.caller_of(made.cpi)(batch).vector for batch in (one, other)]
    assert torch.equal(*found)


def test_a_token_is_safe_in_a_shell():
    token = made.case_of("segments").recipe.token
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("token", ["", "abc", "!", "e30", None])
def test_what_is_no_token_is_refused(token):
    token = made.case_of().recipe.token[:-9] if token is None else token
    with pytest.raises(InvalidArgument, match="replay"):
        Recipe.from_token(token)


def test_choices_that_do_not_fit_are_refused():
    with pytest.raises(InvalidArgument):
        replayed([5]).choice("ab")
    with pytest.raises(InvalidArgument):
        replayed([]).choice("ab")


def test_a_chooser_remembers_and_repeats():
    first = seeded("seed")
    picked = [first.choice("abc"), first.number(), *first.ordering([1, 2, 3])]
    again = replayed(first.taken)
    assert [again.choice("abc"), again.number(), *again.ordering([1, 2, 3])] == picked
    assert again.taken == first.taken


def test_the_simplest_choice_is_the_first_and_a_seed_has_no_zeros():
    simplest = Chooser(lambda count: 0)
    assert simplest.choice("abc") == "a"
    assert simplest.number() == 0.0
    drawn = seeded(1)
    assert all(drawn.number() != 0 for _ in range(200))


@pytest.mark.parametrize("form", FORMS)
def test_every_number_is_dyadic_and_policies_are_two(form):
    case = made.case_of(form, off_policy=True, size=SMALL)
    scaled = case.world.transitions * 8
    assert torch.equal(scaled, scaled.round())
    assert torch.equal(case.world.rewards * 4, (case.world.rewards * 4).round())
    assert not case.on_policy
    assert float((case.logits_old.softmax(-1).sum(-1) - 1).abs().max()) < 1e-15
    assert made.case_of(form).on_policy


def test_forms_are_what_they_say():
    rollouts = {form: made.case_of(form, listed=False).sampled.rollout for form in FORMS}
    assert rollouts["fixed"].mask.all()
    assert rollouts["fixed"].terminated[-1].all()
    assert not rollouts["ragged"].mask.all()
    assert rollouts["time-limit"].truncated.any()
    assert rollouts["segments"].dones[:-1].any()
    assert not rollouts["delayed"].rewards[:-1].any()
    assert rollouts["delayed"].rewards[-1].any()
