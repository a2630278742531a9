"""Pictures of the results, made from the code that computes them while the site is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rlcheck.site.pages import Page
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
    weights,
)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture.

    Args:
        title: of its section on the page of all pictures.
        draw: makes the figure, as HTML.
        shows: names of the results on whose pages it stands as well.
    """

    title: str
    draw: Callable[[], str]
    shows: tuple[str, ...]


PICTURES: tuple[Picture, ...] = (
    Picture(
        title="A baseline lowers the variance, or raises it",
        draw=baselines.variance_against_baseline,
        shows=("variance-with-baseline", "minimum-variance-baseline"),
    ),
    Picture(
        title="What each form of credit costs in variance",
        draw=baselines.variance_of_each_form,
        shows=("constant-baseline", "state-baseline", "reward-to-go"),
    ),
    Picture(
        title="The error falls with the square root of the samples",
        draw=rates.error_against_samples,
        shows=("monte-carlo-unbiased", "monte-carlo-variance"),
    ),
    Picture(
        title="The clipped objective and its gradient",
        draw=clipping.clipped_objective,
        shows=(
            "clip-positive-advantage",
            "clip-negative-advantage",
            "clip-is-a-lower-bound",
            "clip-gradient-positive-inside",
            "clip-gradient-positive-outside",
            "clip-gradient-negative-inside",
            "clip-gradient-negative-outside",
        ),
    ),
    Picture(
        title="Importance weights explode with the horizon, and with the divergence",
        draw=weights.variance_of_weights,
        shows=(
            "variance-of-the-weight",
            "importance-sampling-variance",
            "trajectory-ratio",
            "off-policy-gradient",
        ),
    ),
    Picture(
        title="How many samples importance weights leave",
        draw=effective_samples.share_of_samples,
        shows=("variance-of-the-weight", "importance-sampling-variance", "trajectory-ratio"),
    ),
    Picture(
        title="Monte Carlo and temporal-difference targets",
        draw=value_targets.bias_and_spread_of_targets,
        shows=("value-of-a-time", "td-bias", "td-advantage", "n-step-advantage"),
    ),
    Picture(
        title="Values fitted by regression and by temporal differences",
        draw=fitted_values.error_of_fitted_values,
        shows=("value-of-a-time", "gap-under-aliasing"),
    ),
    Picture(
        title="Generalised advantages with a wrong critic",
        draw=critics.bias_against_lambda,
        shows=("gae", "gae-lambda-one", "td-bias"),
    ),
    Picture(
        title="The adaptive penalty under the rule, and under its misprints",
        draw=penalty.coefficient_over_iterations,
        shows=(
            "adaptive-penalty-rests-in-its-dead-zone",
            "misprinted-penalty-alternates-from-above",
            "misprinted-penalty-alternates-from-below",
        ),
    ),
    Picture(
        title="Many steps on the same data",
        draw=repeated_steps.objective_along_steps,
        shows=("log-probability-objective", "surrogate-gradient"),
    ),
    Picture(
        title="PPO and TRPO on the same tasks and seeds",
        draw=ppo_and_trpo.scores_of_both,
        shows=("trpo-step", "clip-is-a-lower-bound"),
    ),
)


@cache
def _drawn() -> tuple[str, ...]:
    return tuple(picture.draw() for picture in PICTURES)


def figures_of_results() -> Mapping[str, Sequence[str]]:
    """The figures of each result, by its name."""
    figures: dict[str, list[str]] = {}
    for picture, drawn in zip(PICTURES, _drawn(), strict=True):
        for name in picture.shows:
            figures.setdefault(name, []).append(drawn)
    return figures


def pictures_page() -> Page:
    """All pictures on one page."""
    sections = "\n".join(
        f"## {picture.title}\n\n{drawn}" for picture, drawn in zip(PICTURES, _drawn(), strict=True)
    )
    text = (
        "# Pictures\n\nEvery number here was computed while this site was built, by the functions "
        "that rlcheck verifies and the exact values that it verifies them with.\n\n" + sections
    )
    return Page(path="pictures.md", title="Pictures", text=text, section=("Derivations",))
