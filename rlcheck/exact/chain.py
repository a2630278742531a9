"""The Markov chain that a policy makes of a world, with its ends taken out.

Everything of `exact` is a sum over transitions between states that are still going. `live_kernel`
leaves out whatever enters or leaves a terminal state, so that no formula needs to name one.
"""

from jaxtyping import Bool, Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.tabular import TabularMDP


def live_kernel(world: TabularMDP) -> Float[Tensor, "S A S"]:
    """The probability of going from s by a to s' and still being under way.

    P(s' | s, a) where neither s nor s' is terminal, zero elsewhere: rows sum to at most one.
    """
    live = (~world.terminal).to(world.transitions.dtype)
    return world.transitions * live[:, None, None] * live


def exit_probability(world: TabularMDP) -> Float[Tensor, "S A"]:
    """The probability that action a in state s enters a terminal state; zero in terminal states.

    Summed from its own terms and not taken as one minus the rest, which would lose the digits of
    a small exit probability.
    """
    live = (~world.terminal).to(world.transitions.dtype)
    ends = world.transitions * world.terminal.to(world.transitions.dtype)
    return ends.sum(-1) * live[:, None]


def expected_rewards(world: TabularMDP) -> Float[Tensor, "S A"]:
    """r(s, a) = sum_{s'} P(s' | s, a) R(s, a, s'); zero in terminal states."""
    live = (~world.terminal).to(world.rewards.dtype)
    return (world.transitions * world.rewards).sum(-1) * live[:, None]


def support(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Bool[Tensor, "S A S"]:
    """Which (s, a, s') the policy can make, terminal successors included, from live states."""
    live = ~world.terminal
    possible = (pi.detach() > 0)[..., None] & (world.transitions > 0)
    return possible & live[:, None, None]


def _closure(steps: Bool[Tensor, "S S"], start: Bool[Tensor, "S"]) -> Bool[Tensor, "S"]:
    reached = start
    for _ in range(steps.shape[0]):
        grown = reached | (steps & reached[:, None]).any(0)
        if bool((grown == reached).all()):
            break
        reached = grown
    return reached


def surely_ending_states(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Bool[Tensor, "S"]:
    """The states from which a terminal one is entered with probability one.

    In a finite chain that is so exactly where no state without a way to an end can be reached.
    """
    steps = support(world, pi).any(1)
    can_end = _closure(steps.T, world.terminal)
    return ~_closure(steps.T, ~can_end)


def require_sure_end(
    world: TabularMDP, pi: Float[Tensor, "S A"], what: str, any_first_action: bool = False
) -> Bool[Tensor, "S"]:
    """Refuses a policy that may never end; returns the states from which the end is sure.

    Args:
        world: the problem.
        pi: the policy, [S, A].
        what: the quantity that has no finite value then, for the message.
        any_first_action: whether one action outside the policy's support must be survived too, as
            action values need.

    Raises:
        InvalidArgument: from some state that is visited an end is not sure.
    """
    ends = surely_ending_states(world, pi)
    visited = world.reachable(pi)
    if any_first_action:
        live = visited & ~world.terminal
        visited = visited | (world.transitions[live] > 0).flatten(0, 1).any(0)
    stuck = (visited & ~ends).nonzero().flatten().tolist()
    if stuck:
        raise InvalidArgument.of(
            "pi",
            f"a policy that may never end from the states {stuck}",
            f"{what} without discounting and without a horizon is not finite",
            "a policy that surely reaches a terminal state, or a world with gamma < 1 or a horizon",
        )
    return ends
