"""What each family of tabular worlds promises, read off its tables by NumPy alone."""

import numpy as np

from rlcheck.strategies.difficult import CONDITIONS, RARE
from rlcheck.worlds import TabularMDP


def mean_chain(world: TabularMDP) -> np.ndarray:
    """The chain of the uniform policy, [S, S]; terminal states lead nowhere."""
    chain = world.transitions.numpy().mean(axis=1)
    chain[world.terminal.numpy()] = 0.0
    return chain


def live_chain(world: TabularMDP) -> np.ndarray:
    live = ~world.terminal.numpy()
    return mean_chain(world)[np.ix_(live, live)]


def leaves(chain: np.ndarray) -> bool:
    """Whether a sub-stochastic chain is left with probability one from every state."""
    return bool(np.linalg.matrix_power(chain, len(chain)).sum(-1).max() < 1 - 1e-12)


def plain(world: TabularMDP) -> bool:
    return not world.terminal.any() and bool(
        (world.observations.numpy() == np.eye(len(world.initial))).all()
    )


def terminating(world: TabularMDP) -> bool:
    only_the_last = world.terminal.tolist() == [False] * (world.n_states - 1) + [True]
    endless = world.horizon is None and world.time_limit is None
    return only_the_last and endless and leaves(live_chain(world))


def truncating(world: TabularMDP) -> bool:
    limit = world.time_limit
    if limit is None or (world.horizon is not None and world.horizon <= limit):
        return False
    start = world.initial.numpy()[~world.terminal.numpy()]
    return bool((start @ np.linalg.matrix_power(live_chain(world), limit)).sum() > 0)


def cyclic(world: TabularMDP) -> bool:
    law, laws = world.initial.numpy(), []
    for _ in range(2 * world.n_states):
        laws.append(law > 0)
        law = law @ mean_chain(world)
    states = np.arange(world.n_states)
    return not world.terminal.any() and any(
        all((states[seen] % period == t % period).all() for t, seen in enumerate(laws))
        for period in range(2, world.n_states + 1)
    )


def absorbing(world: TabularMDP) -> bool:
    stays = bool((world.transitions[-1, :, -1] == 1).all()) and not world.terminal.any()
    return stays and leaves(mean_chain(world)[:-1, :-1])


def near_deterministic(world: TabularMDP) -> bool:
    rows = np.sort(world.transitions.numpy(), axis=-1)
    rare = rows[0, 0, -2]
    expected = np.zeros(world.n_states)
    expected[-2:] = rare, 1 - rare
    return rare in RARE and bool((rows == expected).all())


def ill_conditioned(world: TabularMDP) -> bool:
    chain = live_chain(world)
    inverse = np.linalg.inv(np.eye(len(chain)) - world.gamma * chain)
    condition = np.abs(inverse).sum(-1).max()
    nearest = min(CONDITIONS, key=lambda c: abs(c - condition))
    # The inverse of a matrix of condition c is off by c eps, relative to itself.
    return world.horizon is None and abs(condition / nearest - 1) < 100 * nearest * 2.0**-52


def aliased(world: TabularMDP) -> bool:
    same = bool((world.observations[0] == world.observations[1]).all())
    return same and bool((world.initial[:2] > 0).all()) and not world.terminal[:2].any()


def dyadic(world: TabularMDP) -> bool:
    eighths = np.concatenate([8 * world.transitions.numpy().ravel(), 8 * world.initial.numpy()])
    return world.horizon is not None and bool((eighths == np.round(eighths)).all())
