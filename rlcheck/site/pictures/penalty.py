"""PPO's penalty coefficient over iterations: under its rule, and under two ways to misprint it."""

from collections.abc import Callable

import torch
from torch import Tensor

from rlcheck import exact
from rlcheck.losses import ppo_penalty_from_kl
from rlcheck.site.pictures.setting import chain
from rlcheck.site.plot import Axis, Curve, Plot, Rule, Scale, Stroke, figure
from rlcheck.steps import adaptive_kl

TARGET = 0.025
ITERATIONS = 30
STEPS = 60
RATE = 0.25
FIRST = 16.0


def one_threshold(coefficient: float, divergence: float, target: float) -> float:
    """The misprint without a dead zone: both rules compare with one number."""
    return coefficient / 2 if divergence < target else 2 * coefficient


def lower_threshold_twice(coefficient: float, divergence: float, target: float) -> float:
    """The misprint that prints the lower threshold, target / 1.5, in both rules."""
    return one_threshold(coefficient, divergence, target / 1.5)


RULES: tuple[tuple[str, Callable[[float, float, float], float]], ...] = (
    ("the rule", adaptive_kl),
    ("one threshold for both", one_threshold),
    ("target / 1.5 in both", lower_threshold_twice),
)


def coefficient_over_iterations() -> str:
    """β and the divergence that it leads to, for the rule and its misprints."""
    paths = {name: _path(rule) for name, rule in RULES}
    plots = [
        _plot(paths, 0, "coefficient β", ()),
        _plot(paths, 1, "KL after the update", (Rule(label="target", y=TARGET),)),
    ]
    caption = (
        f"An update maximises L − β KL(π_old ‖ π) by {STEPS} steps of gradient ascent on "
        "`rlcheck.losses.ppo_penalty_from_kl`, from one policy and one set of exact advantages; "
        "then β follows its rule. With its dead zone β comes to rest. Without one it never does, "
        "and with the lower threshold printed twice the divergence is held too low as well."
    )
    return figure(plots, caption, "coefficient-over-iterations")


def _plot(
    paths: dict[str, list[tuple[float, float]]], column: int, label: str, rules: tuple[Rule, ...]
) -> Plot:
    strokes = (Stroke.LINE, Stroke.DASHED, Stroke.DASHED)
    return Plot(
        description=f"The {label} over iterations, for the rule and two misprints of it.",
        x=Axis(label="iteration"),
        y=Axis(label=label, scale=Scale.LOG),
        curves=tuple(
            Curve(
                name=name,
                points=[(float(i), row[column]) for i, row in enumerate(path)],
                colour=number,
                stroke=strokes[number - 1],
            )
            for number, (name, path) in enumerate(paths.items(), start=1)
        ),
        rules=rules,
    )


def _path(rule: Callable[[float, float, float], float]) -> list[tuple[float, float]]:
    coefficient, path = FIRST, []
    for _ in range(ITERATIONS):
        divergence = divergence_after_update(coefficient)
        path.append((coefficient, divergence))
        coefficient = rule(coefficient, divergence, TARGET)
    return path


def divergence_after_update(coefficient: float) -> float:
    """The mean KL(π_old ‖ π) after an update with that β from the uniform policy.

    Under it every action of every state is equally likely, and each is one row of the batch: the
    batch's mean is the exact expectation over actions, with equal weights of the states.
    """
    old = torch.full((2, 2), 0.5, dtype=torch.float64)
    advantages = exact.advantages(chain(4), old)[0]
    logits = torch.zeros(2, 2, dtype=torch.float64, requires_grad=True)
    for _ in range(STEPS):
        [slope] = torch.autograd.grad(_loss(logits, old, advantages, coefficient), logits)
        # The penalty's curvature grows with β: a step that is right for small β would overshoot.
        logits = (logits - RATE * 4 / (1 + coefficient) * slope).detach().requires_grad_()
    return float(_divergences(logits.detach(), old).mean())


def _loss(logits: Tensor, old: Tensor, advantages: Tensor, coefficient: float) -> Tensor:
    return ppo_penalty_from_kl(
        logits.log_softmax(-1), old.log(), advantages, _divergences(logits, old), coefficient
    )


def _divergences(logits: Tensor, old: Tensor) -> Tensor:
    """KL(π_old ‖ π) of the state of each row."""
    each = exact.kl_divergence(old, logits.softmax(-1))
    return each[:, None].expand_as(old)
