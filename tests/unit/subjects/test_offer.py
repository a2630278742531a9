"""What a call receives: each word in its meaning, as copies, in the layout asked for."""

import numpy as np
import pytest
import torch

from rlcheck.errors import InvalidArgument
from rlcheck.judges.recipe import Recipe, make_case
from rlcheck.subjects import check_setting, make_subject
from rlcheck.subjects.flags import Flag
from rlcheck.subjects.offer import offer
from rlcheck.vocabulary import STEPS, WHOLE_NUMBERS, WORDS

SETTINGS = tuple(
    {"gamma": 0.75, "gae_lambda": 0.5, "clip_eps": 0.25, "vf_coef": 0.5, "ent_coef": 0.125,
     "kl_coef": 2.0, "kl": 0.1, "kl_target": 0.2, "max_kl": 0.01, "damping": 0.1,
     "cg_iterations": 10.0, "cg_tolerance": 1e-10, "backtrack_coeff": 0.5, "backtracks": 8.0,
    }.items()
)  # fmt: skip


def batch_of(form, **more):
    return make_case(Recipe(form=form, settings=SETTINGS, **more)).sampled


def offered(batch, *words, **kwargs):
    namespace: dict = {}
    exec(f"def call({', '.join(words)}): pass", namespace)
    return offer(make_subject(namespace["call"], **kwargs), batch)


def test_every_word_can_be_offered():
    # A memory's state and the parts of a step are handed over by claims about them.
    words = set(WORDS) - set(STEPS) - {"initial_state"}
    given = offered(batch_of("segments", limit=True, action_values=True), *words)
    assert set(given) == words
    assert {type(given[word]) for word in WHOLE_NUMBERS} == {int}


def test_what_is_no_part_of_a_batch_is_given_beside_it():
    batch, vector = batch_of("fixed"), torch.ones(3)

    def call(vector, obs): ...

    given = offer(make_subject(call), batch, {"vector": vector})
    assert given["vector"] is vector
    assert given["obs"].shape == batch.rollout.obs.shape


def test_flags_of_the_others_slot_by_slot():
    batch = batch_of("segments", limit=True, off_policy=True)
    given = offered(
        batch, "terminated", "truncated", "dones", "dones_before", "episode_starts", "next_done",
        "last_dones", "discount_t", "last_values", "steps",
    )  # fmt: skip
    rollout = batch.rollout
    assert bool(rollout.terminated.any())
    assert bool(rollout.truncated.any())
    for n in range(rollout.N):
        over = False
        for t in range(rollout.T):
            ended = bool(rollout.terminated[t, n]) or bool(rollout.truncated[t, n])
            assert bool(given["dones"][t, n]) == ended
            assert bool(given["dones_before"][t, n]) == over
            assert bool(given["episode_starts"][t, n]) == (over or t == 0)
            assert bool(given["episode_starts"][t, n]) == (int(given["steps"][t, n]) == 0)
            over = ended
            due = 0.0 if rollout.terminated[t, n] else 0.75
            assert float(given["discount_t"][t, n]) == due
        assert bool(given["next_done"][n]) == over
        assert bool(given["last_dones"][n]) == over
        assert float(given["last_values"][n]) == float(batch.next_values[-1, n])


def test_only_what_the_subject_trains_carries_a_graph():
    batch = batch_of("fixed", action_values=True)
    trained = {"logp", "entropy", "values_new", "q_values", "next_q_values"}
    given = offered(
        batch, *trained, "values", "logp_old", "advantages", "returns", "next_target_q_values"
    )
    with_graph = {name for name, value in given.items() if value.requires_grad}
    assert with_graph == trained
    for network in (batch.policy_old, batch.target_q_fn):
        assert network is not None
        assert not any(p.requires_grad for p in network.parameters())


def test_action_values_are_those_of_the_networks_at_both_ends_of_a_step():
    batch = batch_of("segments", limit=True, action_values=True)
    words = ("q_fn", "target_q_fn", "q_values", "next_q_values", "next_target_q_values")
    given, rollout = offered(batch, *words), batch.rollout
    assert torch.equal(given["q_values"], given["q_fn"](rollout.obs))
    assert torch.equal(given["next_q_values"], given["q_fn"](rollout.next_obs))
    assert torch.equal(given["next_target_q_values"], given["target_q_fn"](rollout.next_obs))
    assert given["q_values"].shape == (*rollout.rewards.shape, 3)
    assert not torch.equal(given["next_q_values"], given["next_target_q_values"])


@pytest.mark.parametrize("arrays", ["torch", "numpy"])
@pytest.mark.parametrize("word", ["advantages", "rewards", "obs", "terminated", "mask", "actions"])
def test_nothing_of_the_batch_can_be_lost(word, arrays):
    batch = batch_of("ragged")
    before = batch.array(word).clone()
    given = offered(batch, word, arrays=arrays)[word]
    given[...] = 1
    assert torch.equal(batch.array(word), before)


def test_numpy_and_layouts():
    batch = batch_of("ragged")
    given = offered(batch, "advantages", "mask", layout="flat", arrays="numpy")
    assert isinstance(given["advantages"], np.ndarray)
    assert given["advantages"].shape == (int(batch.rollout.mask.sum()),)
    assert given["mask"].all()


def test_flags_as_plain_booleans_where_asked():
    batch = batch_of("segments")
    assert isinstance(offered(batch, "dones")["dones"], Flag)
    plain = offered(batch, "dones", flags_as_bool=True)["dones"]
    assert type(plain) is torch.Tensor
    assert plain.dtype == torch.bool


def test_settings_come_from_the_batch():
    batch = batch_of("fixed")
    given = offered(batch, *(name for name, _ in SETTINGS))
    assert given == dict(SETTINGS)


@pytest.mark.parametrize(
    ("key", "value"),
    [("clip", 0.2), ("gamma", float("nan")), ("gamma", "a"), ("gamma", True),
     ("gamma", float("inf"))],
)  # fmt: skip
def test_a_setting_that_is_none_is_refused(key, value):
    with pytest.raises(InvalidArgument):
        check_setting(key, value)


def test_what_a_subject_can_be_given():
    assert make_subject(lambda logp, mask: None).takes_padding
    assert not make_subject(lambda logp, dones: None).takes_padding
    assert make_subject(lambda logp, dones: None, layout="flat").takes_padding
    assert not make_subject(lambda logp: None, layout="flat").takes_padding
    assert make_subject(lambda discount_t: None).sees_ends
    with pytest.raises(InvalidArgument):
        make_subject(lambda logp: None, layout="NT")
