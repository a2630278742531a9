"""How a case for policies with a memory is made: its world, and how its segments begin."""

from dataclasses import replace
from typing import Any

import torch

from rlcheck.exact.memory import Carried
from rlcheck.judges.brought import observed
from rlcheck.judges.chooser import Chooser
from rlcheck.judges.memory_tilt import MemoryTilt
from rlcheck.judges.recurrent_case import RecurrentCase
from rlcheck.judges.worlds import world as make_world
from rlcheck.subjects.own_recurrent import own_recurrent
from rlcheck.subjects.recurrent import RecurrentNetworks

_EPISODE = 2
_FIRST = torch.zeros(1, dtype=torch.int64)


def make_recurrent_case(
    recipe: Any, chooser: Chooser, own: RecurrentNetworks | None
) -> RecurrentCase:
    """The case of a recipe around networks with a memory."""
    settings = dict(recipe.settings)
    found, _ = make_world(
        "segments", recipe.size, settings.get("gamma", 0.75), chooser, limit=False
    )
    found = replace(found, horizon=_EPISODE, name="carried")
    if own is None:
        own = own_recurrent(found.obs_dim, found.n_actions, recipe.seed)
    found = observed(found, own.obs_dim)
    small = recipe.listed and recipe.size.successors == 1
    # A segment of two steps has few enough rollouts for every batch of some of them: with one
    # state to begin in, and of more than two actions with one way to begin.
    length = _EPISODE + int(not small)
    if small:
        found = replace(found, initial=torch.zeros_like(found.initial).index_fill(0, _FIRST, 1.0))
    both = not small or found.n_actions == 2
    tilt = MemoryTilt(turn=recipe.seed, clip_eps=settings.get("clip_eps", 0.25))
    return RecurrentCase(
        world=found,
        form=recipe.form,
        length=length,
        own=own,
        carried=_carried(own.form.size, recipe.seed, both),
        tilt=tilt if recipe.off_policy else None,
        settings=settings,
        n_rollouts=recipe.n_rollouts,
        seed=recipe.seed,
        recipe=replace(recipe, choices=tuple(chooser.taken)),
    )


def _carried(size: int, seed: int, both: bool) -> tuple[Carried, ...]:
    """What is remembered before the first step: numbers of the size that a memory holds."""
    generator = torch.Generator().manual_seed(seed)
    states = 1.5 * torch.rand(2, size, generator=generator, dtype=torch.float64) - 0.75
    goes_on = Carried(share=0.5 if both else 1.0, state=states[0], begins=False)
    return (goes_on, Carried(share=0.5, state=states[1], begins=True)) if both else (goes_on,)
