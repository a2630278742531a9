"""`rlcheck train` and `rlcheck evaluate`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rlcheck.cli.parsing import Device, Seed, Threads, limit_threads, pairs

_FAILED = 1

_Algorithm = Annotated[
    str, typer.Argument(help="reinforce, a2c, trpo, ppo, ppo-recurrent, q-learning or dqn.")
]
_Out = Annotated[Path, typer.Option(metavar="DIR", help="The folder of the run.")]
_Typed = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the algorithm."),
]
_Normalize = Annotated[
    list[str] | None,
    typer.Option(metavar="WHAT", help="observations, rewards: by Gymnasium's own wrappers."),
]
_Bounds = Annotated[
    str,
    typer.Option(help="How numbers come to lie in an action's bounds: clipped, squashed."),
]
_Every = Annotated[int, typer.Option(help="Steps between two checkpoints, in whole rollouts.")]
_Lines = Annotated[int, typer.Option(help="Steps between two lines of metrics.")]
_Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR.")]
_Plot = Annotated[bool, typer.Option("--plot", help="Draw learning curves at the end.")]
_TensorBoard = Annotated[
    bool, typer.Option("--tensorboard/--no-tensorboard", help="Write logs for TensorBoard.")
]


def train(
    algorithm: _Algorithm,
    env: Annotated[str, typer.Option(help="Id of a Gymnasium environment, or rlcheck:NAME.")],
    steps: Annotated[int, typer.Option(help="Steps of all copies; whole rollouts are made.")],
    out: _Out,
    seed: Seed = 0,
    device: Device = "cpu",
    envs: Annotated[int, typer.Option(help="Copies of the environment, in each process.")] = 8,
    settings: _Typed = None,
    normalize: _Normalize = None,
    bounds: _Bounds = "clipped",
    checkpoint_every: _Every = 20_000,
    log_every: _Lines = 2_000,
    resume: _Resume = False,
    plot: _Plot = False,
    tensorboard: _TensorBoard = True,
    threads: Threads = 1,
) -> None:
    """Train an algorithm, in a folder that a killed run can be taken up from.

    Exit status: 0 trained, 1 diverged, 2 wrong use.
    """
    words = pairs(settings or [], "--set", "NAME=VALUE")
    limit_threads(threads)
    from rlcheck.training import Diverged, configured
    from rlcheck.training.command import run
    from rlcheck.training.processes import how_many

    configuration = configured(
        algorithm, env=env, steps=steps, seed=seed, device=device, envs=envs, settings=words,
        normalize=normalize or (), bounds=bounds, checkpoint_every=checkpoint_every,
        log_every=log_every, processes=how_many(),
    )  # fmt: skip
    try:
        run(
            configuration, out,
            start="resumed" if resume else "new",
            logs="tensorboard" if tensorboard else "none",
            picture="curves" if plot else "none",
        )  # fmt: skip
    except Diverged as problem:
        print(f"rlcheck: {problem}", file=sys.stderr)
        raise typer.Exit(_FAILED) from problem


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
    episodes: Annotated[int, typer.Option(help="Whole episodes, each in a copy of its own.")] = 20,
    seed: Seed = 0,
    threads: Threads = 1,
) -> None:
    """Play whole episodes with the policy of a run, without noise and with frozen statistics."""
    limit_threads(threads)
    from rlcheck.training.command import play

    play(folder, episodes, seed)
