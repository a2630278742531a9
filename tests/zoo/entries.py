"""The zoo: correct implementations, none of which may be called biased."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.zoo import conventions as known
from tests.zoo import (
    estimators,
    reported,
    reported_estimators,
    rewrites,
    rewrites_memory,
    rewrites_steps,
    rewrites_terms,
    rewrites_values,
    unbiased,
)

CONSISTENT = frozenset({"consistent"})
EITHER = frozenset({"consistent", "convention"})
CONVENTION = frozenset({"convention"})


@dataclass(frozen=True, kw_only=True)
class ZooEntry:
    """One correct implementation.

    Attributes:
        id: unique.
        claim: what it is.
        subject: the function, object or partial.
        thread: where it was reported as a bug and is none, `owner/repo#number`.
        expected_outcomes: the verdicts that are right.
        conventions: the catalogue's ids of the choices that it makes.
        same_batch: whether it is the right form on every batch (under its conventions); if
            not, it has the promised expectation only.
        single_precision: whether something inside is computed in float32.
        kwargs: what `rlcheck.check` needs to call it.
    """

    id: str
    claim: str
    subject: Callable[..., Any]
    thread: str | None = None
    expected_outcomes: frozenset[str] = CONSISTENT
    conventions: tuple[str, ...] = ()
    same_batch: bool = True
    single_precision: bool = False
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def _entry(
    claim: str,
    subject: Callable[..., Any],
    thread: str | None = None,
    *,
    name: str | None = None,
    expected: frozenset[str] = CONSISTENT,
    conventions: tuple[str, ...] = (),
    same_batch: bool = True,
    single_precision: bool = False,
    **kwargs: Any,
) -> ZooEntry:
    return ZooEntry(
        id=f"{claim}-{(name or subject.__name__).replace('_', '-')}",
        claim=claim,
        subject=subject,
        thread=thread,
        expected_outcomes=expected,
        conventions=conventions,
        same_batch=same_batch,
        single_precision=single_precision,
        kwargs=kwargs,
    )


def _known(
    claim: str, subject: Callable[..., Any], *names: str, thread: str | None = None, **kwargs: Any
) -> ZooEntry:
    return _entry(claim, subject, thread, expected=CONVENTION, conventions=names, **kwargs)


REPORTED = (
    _entry("ppo-clip", reported.maximum_of_losses, "openai/baselines#1156", layout="flat"),
    _entry("ppo-clip", reported.maximum_of_losses_masked, "leggedrobotics/rsl_rl#46"),
    _entry("ppo-clip", reported.unbounded_below, "ray-project/ray#37334"),
    _entry("ppo-clip", reported.quotient_of_probabilities, "godka/Pensieve-PPO#16"),
    _entry("ppo-clip", reported.only_old_side_detached, "nikhilbarhate99/PPO-PyTorch#18"),
    _entry("ppo-clip", reported.ratio_of_logs, "seungeunrho/minimalRL#33"),
    _entry("ppo-clip", reported.old_log_probs_recomputed, "thu-ml/tianshou#745"),
    _entry("ppo-clip", reported.mask_of_the_targets, "deepspeedai/DeepSpeedExamples#741"),
    _entry("cpi", reported.value_zero_gradient_not, "huggingface/open-r1#239"),
    _entry("cpi", reported.micro_batches_over_total, "policy-gradient/GRPO-Zero#11"),
    _entry("reinforce", reported.gamma_t_beside_return, "datawhalechina/easy-rl#181"),
    _entry("reinforce", reported.discounts_times_returns, "mimoralea/gdrl#38"),
    _entry("reinforce", reported.ratio_to_itself, "tulerfeng/Video-R1#87"),
    _entry("reinforce-baseline", reported.ratio_to_itself_with_baseline, "huggingface/trl#2769"),
    _entry("reinforce-baseline", reported.advantage_as_python_floats, "muupan/async-rl#12"),
    _entry("actor-critic", reported.ratio_to_itself_one_step, "huggingface/trl#2865"),
    _entry("a2c-loss", reported.minus_covers_both_terms, "miyosuda/async_deep_reinforce#49"),
    _entry("a2c-loss", reported.subtracts_as_it_goes, "muupan/async-rl#22"),
    _entry("a2c-loss", reported.log_prob_minus_itself, "lsdefine/simple_GRPO#33"),
    _entry(
        "importance-sampling",
        reported.weight_enters_backwards,
        "dennybritz/reinforcement-learning#259",
    ),
    _entry("importance-sampling", reported.product_of_token_ratios, "huggingface/trl#5814"),
    _entry(
        "gae", reported_estimators.value_added_back, "ikostrikov/pytorch-a2c-ppo-acktr-gail#301"
    ),
    _entry(
        "gae", reported_estimators.value_masked_by_the_caller, "thu-ml/tianshou#869", arrays="numpy"
    ),
    _entry("returns", reported_estimators.lists_reversed, "openai/baselines#224"),
    _entry("returns", reported_estimators.own_reward_included, "shehzaadzd/MINERVA#28"),
    _entry("returns", reported_estimators.last_transition_decides, "ray-project/ray#10638"),
    _entry("dqn-loss", rewrites_values.target_network_keeps_its_graph, "seungeunrho/minimalRL#41"),
)

REWRITES = (
    _entry("ppo-clip", rewrites.spinning_up),
    _entry("ppo-clip", rewrites.where_by_sign),
    _entry("ppo-clip", rewrites.one_flat_batch, layout="flat"),
    _entry("ppo-clip", rewrites.env_major_with_mask, layout="BT"),
    _entry("ppo-clip", rewrites.step_by_step),
    _entry("ppo-clip", rewrites.one_shuffle_for_all, layout="flat"),
    _entry("ppo-clip", rewrites.gaussian_by_hand, actions="continuous"),
    _entry("ppo-clip", rewrites.make_ppo_clip(lambda x: x.sum() / x.numel()), name="closure"),
    _entry("ppo-clip", rewrites.PPOClip(), name="callable-object"),
    _entry("ppo-clip", functools.partial(rewrites.with_options, "mean"), name="partial"),
    _entry("cpi", rewrites.einsum_surrogate),
    _entry("cpi", rewrites.in_log_space),
    _entry("cpi", rewrites.masked_select),
    _entry("reinforce", rewrites.reversed_cumulative_sum),
    _entry("reinforce", rewrites.episode_by_episode, layout="BT"),
    _entry("reinforce", rewrites.locals_in_place),
    _entry("reinforce", rewrites.powers_in_single_precision, single_precision=True),
    _entry("reinforce", rewrites.gaussian_reinforce, actions="continuous"),
    _entry("reinforce-baseline", rewrites.padded_episodes),
    _entry("actor-critic", rewrites.cross_entropy_score),
    _entry("actor-critic", rewrites.own_critic_detached),
    _entry("importance-sampling", rewrites.products_in_a_loop),
    _entry("ppo-penalty", rewrites.torch_kl),
    _entry("ppo-penalty", rewrites.cross_entropy_minus_entropy),
    _entry("adaptive-kl", rewrites.power_of_two),
    _entry("trpo-step", rewrites_steps.spinning_up),
    _entry("trpo-step", rewrites_steps.one_file_with_flat_parameters),
    _entry("trpo-step", rewrites_steps.functional),
    _entry("trpo-step", rewrites_steps.gaussian_by_hand, actions="continuous"),
    _entry("trpo-step", rewrites_steps.product_by_two_jacobians),
    _entry("trpo-step", rewrites_steps.product_by_scores_of_all_actions),
    _entry("trpo-step", rewrites_steps.solver_without_a_stopping_rule),
    _entry("value-loss", rewrites_terms.mse_loss),
    _entry("value-loss", rewrites_terms.expanded_square),
    _entry("entropy-bonus", rewrites_terms.entropy_from_logits),
    _entry("entropy-bonus", rewrites_terms.entropy_masked),
    _entry("entropy-bonus", rewrites_terms.entropy_as_distance_from_uniform),
    _entry("ppo-loss", rewrites_terms.cleanrl, layout="flat"),
    _entry("ppo-loss", rewrites_terms.one_masked_average),
    _entry("ppo-recurrent", rewrites_memory.cleanrl_lstm),
    _entry(
        "ppo-recurrent",
        rewrites_memory.one_step_after_another,
        names={"state": "initial_state"},
    ),
    _entry("ppo-recurrent", rewrites_memory.environments_one_by_one),
    _entry("ppo-recurrent", rewrites_memory.padded_sequences),
    _entry("a2c-loss", rewrites_terms.agent_on_two_passes, layout="flat"),
    _entry("a2c-loss", rewrites_terms.env_major_a2c, layout="BT"),
    _entry("gae", estimators.numpy_loop, arrays="numpy"),
    _entry("gae", estimators.cleanrl),
    _entry("gae", estimators.stable_baselines, arrays="numpy"),
    _entry("gae", estimators.rlax),
    _entry("gae", estimators.one_matrix_product),
    _entry("gae", estimators.difference_of_lambda_returns),
    _entry("gae", estimators.one_flat_batch, layout="flat"),
    _entry("gae", estimators.env_major, layout="BT"),
    _entry("returns", estimators.returns_from_rewards_with_bootstrap),
    _entry("returns", estimators.returns_by_accumulator, arrays="numpy"),
    _entry("td-target", rewrites_values.masked_by_floats),
    _entry("td-target", rewrites_values.discount_of_the_step),
    _entry("td-target", rewrites_values.one_by_one, arrays="numpy"),
    _entry("td-target", rewrites_values.own_critic),
    _entry("td-target", rewrites_values.next_row_and_last_value),
    _entry("q-learning", rewrites_values.one_hot_product),
    _entry("q-learning", rewrites_values.rlax),
    _entry("q-learning", rewrites_values.error_times_prediction),
    _entry("dqn-loss", rewrites_values.cleanrl_dqn, layout="flat"),
    _entry("dqn-loss", rewrites_values.only_where_it_goes_on),
    _entry("dqn-loss", rewrites_values.masked_average),
    _entry("dqn-loss", rewrites_values.env_major, layout="BT"),
    _entry("double-dqn-loss", rewrites_values.double_by_gather),
    _entry("double-dqn-loss", rewrites_values.double_by_one_hot),
)

UNBIASED = tuple(
    _entry(claim, subject, same_batch=False)
    for claim, subject in (
        ("reinforce", unbiased.earlier_reward_added),
        ("reinforce-baseline", unbiased.baseline_in_normalised_units),
        ("reinforce-baseline", unbiased.baseline_added),
        ("reinforce-baseline", unbiased.baseline_off_by_a_millionth),
        ("reinforce-baseline", unbiased.no_baseline_at_last_step),
        ("actor-critic", unbiased.own_value_added),
    )
)

CONVENTIONS = (
    _entry(
        "importance-sampling",
        unbiased.whole_trajectory_weight,
        expected=CONVENTION,
        conventions=("per-trajectory-weights",),
        same_batch=False,
    ),
    _known("reinforce", known.summed, "sum-over-batch"),
    _known("reinforce", known.usual_practice, "gamma-t-dropped"),
    _known("reinforce", known.usual_practice_averaged, "gamma-t-dropped", "mean-over-steps"),
    # Its expectation is the promised one, so that "consistent" is as right.
    _entry(
        "reinforce",
        known.whole_return,
        "huggingface/deep-rl-class#95",
        expected=EITHER,
        conventions=("full-return",),
    ),
    _known("reinforce", known.pytorch_example, "gamma-t-dropped", "whiten-ddof1", "sum-over-batch"),
    _known(
        "reinforce-baseline",
        known.usual_practice_with_baseline,
        "gamma-t-dropped",
        "sum-over-batch",
    ),
    _known("reinforce-baseline", known.whole_return_minus_value, "full-return", "mean-over-steps"),
    _known("actor-critic", known.undiscounted_average, "gamma-t-dropped", "mean-over-steps"),
    _known("cpi", known.half_the_surrogate, "constant-factor"),
    _known("cpi", known.whitened_population, "whiten-ddof0"),
    _known("ppo-clip", known.whitened_sample, "whiten-ddof1", thread="hill-a/stable-baselines#697"),
    _known("ppo-clip", known.whitened_and_summed, "whiten-ddof0", "sum-over-batch"),
    _known("ppo-penalty", known.half_the_penalty, "kl-half"),
    _known("adaptive-kl", known.other_constants, "rllib-constants", thread="ray-project/ray#15698"),
    _known("value-loss", known.half_the_error, "value-loss-half"),
    _known(
        "value-loss", known.larger_of_two_errors, "value-clip-max", thread="openai/baselines#91"
    ),
    _known(
        "ppo-loss",
        known.cleanrl_with_normalisation,
        "whiten-ddof1",
        "value-loss-half",
        layout="flat",
    ),
    _known("a2c-loss", known.summed_agent, "sum-over-batch", "value-loss-sum", "entropy-sum"),
    _known(
        "a2c-loss",
        known.three_at_once,
        "whiten-ddof1",
        "value-loss-half",
        "constant-factor",
    ),
    _known("q-learning", rewrites_values.whole_square, "squared-error"),
    _known("dqn-loss", rewrites_values.stable_baselines, "huber", layout="flat"),
    _known("dqn-loss", rewrites_values.half_the_square, "half-squared-error"),
    _known("dqn-loss", rewrites_values.double_and_summed, "double-q", "sum-over-batch"),
)

ZOO: tuple[ZooEntry, ...] = (*REPORTED, *REWRITES, *UNBIASED, *CONVENTIONS)
