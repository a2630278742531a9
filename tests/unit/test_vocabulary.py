"""The vocabulary holds what it promises, once."""

from rlcheck.subjects import batch
from rlcheck.vocabulary import ARRAYS, FLAGS, MODULES, SETTINGS, STEPS, SYNONYMS, WORDS

# The table of the documentation, written again by hand.
PROMISED = """
policy network policy_old value_fn obs actions rewards next_obs terminated truncated dones
dones_before next_done episode_starts last_dones discount_t logp_old values next_values last_values
values_old advantages returns mask gamma gae_lambda clip_eps vf_coef ent_coef kl_coef
logp entropy values_new agent kl kl_target initial_state
q_fn target_q_fn q_values next_q_values next_target_q_values
max_kl damping cg_iterations cg_tolerance backtrack_coeff backtracks vector operator rhs
"""


def test_every_promised_word_is_there():
    assert set(PROMISED.split()) <= set(WORDS)


def test_a_word_is_of_one_kind():
    assert len(WORDS) == len(MODULES) + len(ARRAYS) + len(SETTINGS) + len(STEPS)


def test_a_synonym_is_no_word_and_means_one():
    assert not set(SYNONYMS) & set(WORDS)
    assert set(SYNONYMS.values()) <= set(WORDS)


def test_flags_are_arrays():
    assert set(FLAGS) <= set(ARRAYS)


def test_every_array_can_be_computed():
    fields = set(batch.Batch.__dataclass_fields__) | {"initial_state"}  # of a `RecurrentBatch`
    assert set(ARRAYS) <= fields | batch._FROM_ROLLOUT | set(batch._DERIVED)


def test_every_word_says_what_it_is():
    assert all(len(sentence) > 5 for sentence in WORDS.values())


def test_the_usual_spellings():
    usual = {
        "newlogprob": "logp",
        "mb_advantages": None,
        "lam": "gae_lambda",
        "clip_range": "clip_eps",
        "next_value": "last_values",
        "done": "dones",
        "ret": "returns",
        "q_network": "q_fn",
        "target_network": "target_q_fn",
    }
    assert {name: SYNONYMS.get(name) for name in usual} == usual
