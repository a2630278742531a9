"""How far rounding alone may take an exact quantity of a tabular world.

Everything here is a solution of (I - gamma K) x = b, or of its transpose, with K >= 0 the live
kernel under the policy, or the same as a recursion. Three facts give the floor:

1. Solving, or recursing, in floating point solves exactly a system whose entries are perturbed
   relatively by at most c eps. For n states c = 6 n covers an LU factorisation of I - gamma K
   (3 n, Higham (2002), theorem 9.4, times a growth of at most two, theorem 9.9: the matrix is
   diagonally dominant by rows); forming K and b takes sums of at most S A terms more. We use
   c = 6 S + 2 S A.
2. The inverse is non-negative, so that the perturbation of x is at most c eps (I - gamma K)^{-1}
   (|I| + gamma K) X with X the solution for |b|, and gamma K X <= X: at most 2 c eps
   (I - gamma K)^{-1} X.
3. (I - gamma K)^{-1} 1 is the expected discounted time to the end. Its largest entry is the
   condition; it is at most 1 / (1 - gamma), or the horizon.

Hence floor = 2 c eps * condition * (sum of |contributions|).
"""

import dataclasses

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.exact.occupancy import occupancy
from rlcheck.exact.values import action_values, state_values
from rlcheck.worlds.tabular import TabularMDP

EPSILON = torch.finfo(torch.float64).eps


def condition_number(world: TabularMDP, pi: Float[Tensor, "S A"]) -> float:
    """max_s E[sum_t gamma^t | s_0 = s], the discounted time to the end: the value of reward one.

    At most 1 / (1 - gamma), at most the horizon; at least one.
    """
    ones = dataclasses.replace(world, rewards=torch.ones_like(world.rewards))
    return max(1.0, float(state_values(ones, pi.detach()).max()))


def in_absolute_rewards(world: TabularMDP) -> TabularMDP:
    """The same world with |R|: its values are the sums of the contributions' magnitudes."""
    return dataclasses.replace(world, rewards=world.rewards.abs())


def rounding_constant(world: TabularMDP) -> int:
    """The c = 6 S + 2 S A of the module's first lines."""
    return world.n_states * (6 + 2 * world.n_actions)


def relative_floor(world: TabularMDP, pi: Float[Tensor, "S A"]) -> float:
    """2 c eps condition: what rounding may do to a sum, relative to its absolute contributions."""
    return 2 * rounding_constant(world) * EPSILON * condition_number(world, pi)


def value_floor(world: TabularMDP, pi: Float[Tensor, "S A"]) -> float:
    """The floor of J and of any entry of V, Q and (twice that) A; contributions are max |Q|."""
    magnitude = action_values(in_absolute_rewards(world), pi.detach())
    return relative_floor(world, pi) * float(magnitude.max())


def occupancy_floor(world: TabularMDP, pi: Float[Tensor, "S A"], discounted: bool = True) -> float:
    """The floor of the norm of an occupancy; contributions are its own entries, all positive."""
    if not discounted:
        world = dataclasses.replace(world, gamma=1.0)
    return relative_floor(world, pi) * float(occupancy(world, pi.detach()).sum())


def gradient_floor(
    world: TabularMDP, pi: Float[Tensor, "S A"], score: Float[Tensor, "S A P"]
) -> float:
    """The floor of the norm of nabla J = sum_{s, a} d(s) Q(s, a) nabla pi(a | s).

    A softmax passes g(a) = d(s) Q(s, a) back as pi(a) (g(a) - sum_b pi(b) g(b)): what is rounded
    has the size of pi(a) |g(a)| before that difference is taken, however small it turns out where
    the policy is nearly deterministic. A logit's own slope is at most the largest score of its
    state, up to the common shift, hence the contributions

        2 sum_s d(s) (sum_a pi(a | s) |Q|(s, a)) max_b |nabla log pi(b | s)|

    by parameter. d and Q each bring their own relative floor: twice that of one. With a horizon
    |Q| is the largest of all times.

    Args:
        world: the problem.
        pi: the policy, [S, A].
        score: nabla log pi(a | s), flat parameters last.
    """
    magnitude = action_values(in_absolute_rewards(world), pi.detach())
    if world.horizon is not None:
        magnitude = magnitude.amax(0)
    size = occupancy(world, pi.detach()) * (pi.detach() * magnitude).sum(-1)
    contributions = 2 * size @ score.abs().amax(1)
    return 2 * relative_floor(world, pi) * float(contributions.norm())
