import pytest

from rlcheck.errors import InvalidArgument


def test_the_message_shows_name_value_problem_and_what_to_pass():
    problem = InvalidArgument.of("gamma", 1.5, "outside [0, 1]", "a discount such as 0.9")
    assert str(problem) == "gamma: outside [0, 1]\n  got:  1.5\n  pass: a discount such as 0.9"


def test_it_is_a_value_error():
    with pytest.raises(ValueError, match="gamma"):
        raise InvalidArgument.of("gamma", 2, "outside [0, 1]", "0.9")


def test_a_long_value_is_cut():
    message = str(InvalidArgument.of("obs", list(range(10_000)), "too long", "less"))
    assert len(message) < 300
    assert " ..." in message


def test_a_value_that_is_an_empty_string_is_still_seen():
    assert "got:  ''" in str(InvalidArgument.of("claim", "", "unknown", "gae"))
