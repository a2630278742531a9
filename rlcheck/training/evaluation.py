"""How well a run's policy plays: without noise, with frozen statistics."""

from pathlib import Path

import torch

from rlcheck.algorithms.environments import GymnasiumEnvironments, make_environments
from rlcheck.algorithms.saving import part, restore_module
from rlcheck.errors import InvalidArgument
from rlcheck.training import checkpoint as checkpoints
from rlcheck.training.configuration import configuration_of, require_seed
from rlcheck.training.folders import CHECKPOINT, read_configuration
from rlcheck.training.restarting import Restarting
from rlcheck.training.stage import acted_in

_MOST_STEPS = 100_000


@torch.no_grad()
def evaluate(folder: Path, *, episodes: int = 20, seed: int = 0) -> list[tuple[float, int]]:
    """Plays whole episodes with the policy of a checkpoint, each action the one it holds for best.

    Each episode has a copy of its own: the first to end are then not the short ones of many.

    Args:
        folder: of a run.
        episodes: how many.
        seed: of the environments.

    Returns:
        (undiscounted return, length) of each.

    Raises:
        InvalidArgument: there is no checkpoint, or its episodes do not end.
    """
    if episodes < 1:
        raise InvalidArgument.of("episodes", episodes, "nothing would be played", "1 or more")
    require_seed(seed)
    configuration = configuration_of(read_configuration(folder))
    path = folder / CHECKPOINT
    if not path.exists():
        raise InvalidArgument.of(
            "folder", str(folder), "it has no checkpoint yet", "a run that has written one"
        )
    [state, *_] = checkpoints.read(path).parts
    environments = make_environments(configuration.env, episodes, normalize=configuration.normalize)
    if isinstance(environments, GymnasiumEnvironments) and environments.normalisers is not None:
        environments.normalisers.restore(part(state, "stage.normalisers"))
        environments.normalisers.freeze()
    stage = Restarting(environments, every=None, seed=seed, rank=0)
    acting = acted_in(stage, configuration.bounds)
    player = configuration.entry.player(acting, configuration.typed)
    restore_module(player.networks, part(state, "learner.networks"))
    obs, found = acting.reset(seed), []
    begins = torch.ones(episodes, dtype=torch.bool)
    while len(found) < episodes:
        if stage.steps == _MOST_STEPS:
            raise InvalidArgument.of(
                "env", configuration.env,
                f"the policy did not end an episode within {_MOST_STEPS:,} steps",
                "a run that was trained for longer, or an environment with a time limit",
            )  # fmt: skip
        step = acting.step(player.act(obs, begins))
        obs, begins = step.obs, step.terminated | step.truncated | ~step.real
        if stage.steps % 100 == 0:
            found += stage.take_episodes()
    return found
