"""The rows of the demonstration: which implementation, under which claim, expected how."""

from dataclasses import dataclass
from typing import Any, Literal

from rlcheck.adapters import ADAPTERS, AdapterEntry

Section = Literal["own", "library", "fault", "not a bug"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One implementation, as data: a child process imports it.

    Attributes:
        section: whose it is, or what was planted.
        subject: the name in the table: an adapter's, a thread's, or a function's.
        target: `package.module:NAME`, or the adapter's name.
        claim: the id of what it promises.
        expected: the outcome that it is due.
        sentence: what it does.
        component: for a planted fault, the class that it belongs to.
        library: the outside library that it needs.
        layout: of its batch.
        arrays: of its batch.
        actions: kind of its actions.
        shown: whether its whole report is printed, shrunk to the smallest world.
    """

    section: Section
    subject: str
    target: str
    claim: str
    expected: str
    sentence: str = ""
    component: str = ""
    library: str = ""
    layout: str = "TN"
    arrays: str = "torch"
    actions: str = "discrete"
    shown: bool = False


_LOSSES, _ESTIMATORS, _STEPS = "rlcheck.losses", "rlcheck.estimators", "rlcheck.steps"
_OWN = "rlcheck.demo.own"
_OWN_TARGETS = (
    ("reinforce", f"{_LOSSES}:reinforce"),
    ("reinforce-baseline", f"{_LOSSES}:reinforce_baseline"),
    ("actor-critic", f"{_LOSSES}:actor_critic"),
    ("importance-sampling", f"{_LOSSES}:importance_sampling"),
    ("cpi", f"{_LOSSES}:cpi"),
    ("ppo-clip", f"{_LOSSES}:ppo_clip"),
    ("ppo-penalty", f"{_LOSSES}:ppo_penalty"),
    ("adaptive-kl", f"{_STEPS}:adaptive_kl"),
    ("trpo-step", f"{_OWN}:trpo_step"),
    ("value-loss", f"{_OWN}:value_loss"),
    ("entropy-bonus", f"{_LOSSES}:entropy_bonus"),
    ("ppo-loss", f"{_LOSSES}:ppo_loss"),
    ("ppo-recurrent", f"{_OWN}:ppo_recurrent"),
    ("a2c-loss", f"{_LOSSES}:a2c_loss"),
    ("gae", f"{_ESTIMATORS}:gae"),
    ("returns", f"{_ESTIMATORS}:bootstrapped_returns"),
    ("td-target", f"{_ESTIMATORS}:td_target"),
    ("q-learning", f"{_OWN}:q_learning"),
    ("dqn-loss", f"{_OWN}:dqn_loss"),
    ("double-dqn-loss", f"{_OWN}:double_dqn_loss"),
)

OWN = tuple(
    Row(
        section="own",
        subject=f"rlcheck {target.partition(':')[2]}",
        target=target,
        claim=claim,
        expected="consistent",
    )
    for claim, target in _OWN_TARGETS
)
"""The project's own right form of every claim."""


def _of_library(entry: AdapterEntry, actions: str = "discrete") -> Row:
    return Row(
        section="library",
        subject=entry.name,
        target=entry.name,
        claim=entry.claim,
        expected=entry.expected,
        sentence=entry.note,
        library=entry.library,
        actions=actions,
    )


_QUICK = frozenset({"stable-baselines3:ppo", "stable-baselines3:a2c"}) | frozenset(
    name for name, entry in ADAPTERS.items() if entry.library == "torchrl" and entry.kind == "loss"
)

LIBRARIES = tuple(_of_library(entry) for name, entry in ADAPTERS.items() if name in _QUICK)
"""Stable-Baselines3's PPO and A2C, and TorchRL's losses."""

EVERY_ADAPTER = tuple(
    _of_library(entry, "discrete" if entry.kind == "estimator" else "both")
    for entry in ADAPTERS.values()
)
"""All that has an adapter, with both kinds of actions where actions play a part."""


def _live(function: str, subject: str, claim: str, expected: str, sentence: str = "") -> Row:
    return Row(
        section="library",
        subject=f"{subject} (live)",
        target=f"rlcheck.demo.live:{function}",
        claim=claim,
        expected=expected,
        sentence=sentence,
        library=subject.partition(" ")[0],
    )


LIVE = (
    _live("sb3_ppo", "stable-baselines3 PPO", "ppo-loss", "convention", "it whitens advantages"),
    _live("sb3_a2c", "stable-baselines3 A2C", "a2c-loss", "consistent"),
    _live("torchrl_clip_ppo", "torchrl ClipPPOLoss", "ppo-loss", "consistent"),
    _live("tianshou_ppo", "tianshou PPO", "ppo-loss", "consistent"),
    _live(
        "sb3_contrib_trpo", "sb3-contrib TRPO", "trpo-step", "convention", "it whitens advantages"
    ),
    _live("tianshou_trpo", "tianshou TRPO", "trpo-step", "consistent"),
)
"""Objects of the libraries, judged in their own parameters and with their own settings."""


def _fault(file: str, thread: str, component: str, claim: str, sentence: str, **more: Any) -> Row:
    name = more.pop("name", "loss")
    return Row(
        section="fault",
        subject=thread,
        target=f"rlcheck.demo.faults.{file}:{name}",
        claim=claim,
        expected="biased",
        sentence=sentence,
        component=component,
        shown=file == "clipped_term_alone",
        **more,
    )


FAULTS = (
    _fault(
        "clipped_term_alone", "tensorforce/tensorforce#106", "loss", "ppo-clip",
        "the clipped term alone, without the minimum",
    ),
    _fault(
        "ratio_of_all_pairs", "JuliaReinforcementLearning/ReinforcementLearningZoo.jl#169",
        "ratio", "ppo-clip", "every new log-probability meets every old one", layout="flat",
    ),
    _fault(
        "two_shuffles", "alessiodm/drl-zh#17", "batching", "cpi",
        "advantages are shuffled by another permutation than their steps", layout="flat",
    ),
    _fault(
        "entropy_negated", "LuEE-C/PPO-Keras#4", "entropy", "ppo-loss",
        "the bonus rewards certainty",
    ),
    _fault(
        "runs_across_time_outs", "Toni-SM/skrl#224", "gae", "gae",
        "the recursion runs on across a time-out", name="gae", arrays="numpy",
    ),
    _fault(
        "reward_minus_value", "natolambert/rlhf-book#216", "returns", "reinforce-baseline",
        "nothing of the future is credited",
    ),
    _fault(
        "divergence_from_itself", "pytorch/rl#1920", "kl", "ppo-penalty",
        "the divergence is that of the policy from itself",
    ),
    _fault(
        "temperature_left_out", "huggingface/trl#3029", "distribution", "reinforce",
        "log-probabilities of another temperature than the one sampled under",
    ),
)  # fmt: skip
"""One fault from each of eight classes."""


def _not_a_bug(file: str, thread: str, claim: str, sentence: str, **more: Any) -> Row:
    return Row(
        section="not a bug",
        subject=thread,
        target=f"rlcheck.demo.not_bugs.{file}:loss",
        claim=claim,
        expected=more.pop("expected", "consistent"),
        sentence=sentence,
        **more,
    )


NOT_BUGS = (
    _not_a_bug(
        "maximum_of_losses", "openai/baselines#1156", "ppo-clip",
        "a maximum of negated terms is a minimum", layout="flat",
    ),
    _not_a_bug(
        "ratio_to_itself", "huggingface/trl#2769", "reinforce-baseline",
        "exp(logp - logp.detach()) is one, and its gradient is the score",
    ),
    _not_a_bug(
        "larger_value_error", "openai/baselines#91", "value-loss",
        "the larger of two errors is a convention", expected="convention",
    ),
    _not_a_bug(
        "product_of_ratios", "huggingface/trl#5814", "importance-sampling",
        "a sequence's weight is the product of its ratios",
    ),
)  # fmt: skip
"""Correct code that was reported as a bug."""


def rows_of(every: bool) -> tuple[Row, ...]:
    """All rows, in the order of the table.

    Args:
        every: every adapter in full, and live objects, instead of the quick choice.
    """
    libraries = (*EVERY_ADAPTER, *LIVE) if every else LIBRARIES
    return (*OWN, *libraries, *FAULTS, *NOT_BUGS)
