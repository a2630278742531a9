"""What a run is played in: environments by the words of a configuration."""

from rlcheck.algorithms.environments import Environments, make_environments
from rlcheck.algorithms.ranks import Ranks
from rlcheck.algorithms.squashed import SquashedEnvironments
from rlcheck.errors import InvalidArgument
from rlcheck.training.configuration import Configuration
from rlcheck.training.restarting import Restarting


def environments_of(configuration: Configuration) -> Environments:
    """The environments of a run.

    Raises:
        InvalidArgument: there are none of that name, or the algorithm cannot act in them.
    """
    gamma = configuration.settings.get("gamma", 0.99)
    made = make_environments(
        configuration.env,
        configuration.envs,
        normalize=configuration.normalize,
        gamma=gamma,
        device=configuration.device,
    )
    if made.actions.kind not in configuration.entry.actions:
        served = " or ".join(configuration.entry.actions)
        raise InvalidArgument.of(
            "env", configuration.env, f"its actions are {made.actions.kind}",
            f"one with {served} actions: {configuration.algorithm} serves no others",
        )  # fmt: skip
    acted_in(made, configuration.bounds)  # refuses what cannot be squashed
    configuration.entry.require(made)
    return made


def acted_in(environments: Environments, bounds: str) -> Environments:
    """The same, as a policy sees them that squashes its actions or does not.

    Raises:
        InvalidArgument: there is nothing to squash into.
    """
    return SquashedEnvironments(environments) if bounds == "squashed" else environments


def stage_of(configuration: Configuration, played: Environments, ranks: Ranks) -> Restarting:
    """Environments that begin anew in whole rollouts, at least a checkpoint's steps apart."""
    rollout = configuration.entry.rollout
    every = None
    if rollout is not None:
        length = configuration.settings[rollout] if isinstance(rollout, str) else rollout
        rollouts = -(-configuration.checkpoint_every // (length * played.count * ranks.count))
        every = length * rollouts
    return Restarting(played, every=every, seed=configuration.seed, rank=ranks.rank)
