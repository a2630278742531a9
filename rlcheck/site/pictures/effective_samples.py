"""How many samples importance weights leave: exactly, by the divergence, and as Kish finds it."""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck import exact
from rlcheck.estimators import effective_sample_size, per_trajectory_weights
from rlcheck.site.pictures.setting import chain
from rlcheck.site.pictures.weights import HORIZONS, SHIFTS, policies_apart
from rlcheck.site.plot import Axis, Curve, Plot, Scale, Stroke, figure
from rlcheck.worlds import sample_episodes

DRAWS = 1000
PAIRS = 150
ACTIONS = 4


def share_of_samples() -> str:
    """Two plots: over the horizon, and over the divergence of one choice."""
    caption = (
        f"The share of n samples that importance weights leave. Left: weights of whole "
        f"trajectories on the two-state chain, of the uniform policy under one that prefers an "
        f"action; exactly, exp(−T D_2) with Rényi's divergence of one "
        f"step (lines), and as (Σ w)^2/(n Σ w^2) finds it in {DRAWS:,} samples (points), which is "
        "too hopeful where hardly anything is left: what was not drawn is not missed. Right: "
        f"{PAIRS} pairs of laws on {ACTIONS} actions. A small KL(π ‖ π_old) does not save the "
        "share, exp(−D_2): it is at most exp(−KL), and often far below."
    )
    return figure([_over_horizon(), _over_divergence()], caption, "share-of-samples")


def laws(shift: float) -> tuple[Float[Tensor, "S A"], Float[Tensor, "S A"]]:
    """π_old, which prefers its first action, and π_θ, uniform: what is wanted is drawn rarely."""
    uniform, prefers = policies_apart(shift)
    return prefers, uniform


def exact_share(shift: float, horizon: int) -> float:
    """exp(−T D_2): both steps and states have the same two laws, so that their D_2 add up."""
    old, new = laws(shift)
    return float((-horizon * exact.renyi_divergence(new, old)[0]).exp())


def sampled_share(shift: float, horizon: int, draws: int, seed: int) -> float:
    """Kish's effective size of the weights of so many sampled trajectories, over their number."""
    old, new = laws(shift)
    generator = torch.Generator().manual_seed(seed)
    rollout = sample_episodes(chain(horizon), old, draws, generator)
    assert rollout.states is not None
    logp, logp_old = (table.log()[rollout.states, rollout.actions] for table in (new, old))
    return float(effective_sample_size(per_trajectory_weights(logp, logp_old)[0])) / draws


def _over_horizon() -> Plot:
    curves = []
    for colour, shift in enumerate(SHIFTS, start=1):
        old, new = laws(shift)
        name = f"D_2 of a step = {float(exact.renyi_divergence(new, old)[0]):.3f}"
        line = [(float(h), exact_share(shift, h)) for h in HORIZONS]
        points = [(float(h), sampled_share(shift, h, DRAWS, seed=h)) for h in HORIZONS]
        curves.append(Curve(name=name, points=line, colour=colour))
        curves.append(Curve(name="", points=points, colour=colour, stroke=Stroke.POINTS))
    return Plot(
        description="The share falls exponentially with the horizon; its estimate falls less.",
        x=Axis(label="horizon T"),
        y=Axis(label="share of n", scale=Scale.LOG),
        curves=tuple(curves),
    )


def pairs(seed: int = 0) -> tuple[Float[Tensor, "N A"], Float[Tensor, "N A"]]:
    """Pairs of random laws, close ones and distant ones."""
    generator = torch.Generator().manual_seed(seed)
    old, moved = torch.randn(2, PAIRS, ACTIONS, generator=generator, dtype=torch.float64)
    distance = torch.linspace(0.1, 2.0, PAIRS, dtype=torch.float64)[:, None]
    return (2 * old + distance * moved).softmax(-1), (2 * old).softmax(-1)


def _over_divergence() -> Plot:
    new, old = pairs()
    kl, share = exact.kl_divergence(new, old), (-exact.renyi_divergence(new, old)).exp()
    largest = float(kl.max())
    ends = [largest * k / 40 for k in range(41)]
    return Plot(
        description="Shares of pairs of laws over their KL, all below exp(−KL).",
        x=Axis(label="KL(π ‖ π_old)"),
        y=Axis(label="share of n", ends=(0.0, 1.0)),
        curves=(
            Curve(
                name="exp(−KL)",
                points=[(x, float(torch.tensor(-x).exp())) for x in ends],
                colour=3,
                stroke=Stroke.DASHED,
            ),
            Curve(
                name="a pair of laws",
                points=list(zip(kl.tolist(), share.tolist(), strict=True)),
                colour=4,
                stroke=Stroke.POINTS,
            ),
        ),
    )
