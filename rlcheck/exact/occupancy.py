"""Where a policy spends its time: occupancies, state laws, and the sampler's own law of slots.

Two different questions live here. `state_law` and `occupancy` belong to J, which knows the horizon
and no time limit. `slot_law` belongs to the sampler, which cuts at the limit and resets.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.exact.chain import exit_probability, live_kernel, require_sure_end
from rlcheck.exact.enumeration import longest_episode
from rlcheck.worlds.tabular import TabularMDP


def occupancy(
    world: TabularMDP, pi: Float[Tensor, "S A"], discounted: bool = True
) -> Float[Tensor, "S"]:
    """d(s) = sum_t gamma^t Pr(s_t = s), not normalised; terminal states hold zero.

    Route: the transposed linear solve without a horizon, forward recursion with one. The time
    limit plays no part.

    Args:
        world: the problem.
        pi: the policy, [S, A]; its graph is kept.
        discounted: with gamma^t; otherwise with one, the expected number of visits.

    Raises:
        InvalidArgument: without discount and horizon, and the policy may never end.

    Source: Sutton et al. (2000), below eq. 2; Schulman et al. (2015), section 2 (rho_pi).
    """
    world.check_policy(pi)
    gamma = world.gamma if discounted else 1.0
    if world.horizon is not None:
        law = state_law(world, pi)
        weights = gamma ** torch.arange(len(law), dtype=law.dtype, device=law.device)
        return weights @ law
    kernel = torch.einsum("sa,sat->st", pi, live_kernel(world))
    if gamma == 1:
        # A state that is never entered needs no sure end; taken out, it cannot spoil the solve.
        ends = require_sure_end(world, pi, "an occupancy").to(pi.dtype)
        kernel = kernel * ends[:, None] * ends
    identity = torch.eye(world.n_states, dtype=kernel.dtype, device=kernel.device)
    return torch.linalg.solve((identity - gamma * kernel).T, world.initial)


def state_law(
    world: TabularMDP, pi: Float[Tensor, "S A"], length: int | None = None
) -> Float[Tensor, "T S"]:
    """Pr(s_t = s and step t belongs to the episode), t = 0, ..., T - 1, without any time limit.

    p_{t+1}(s') = sum_{s, a} p_t(s) pi(a | s) P(s' | s, a), s' not terminal; zero from t = H on. A
    row sums to the probability that the episode is still going.

    Args:
        world: the problem.
        pi: the policy, [S, A]; its graph is kept.
        length: T; None for the horizon.

    Raises:
        InvalidArgument: neither length nor horizon.
    """
    world.check_policy(pi)
    length = length if length is not None else world.horizon
    if length is None:
        raise InvalidArgument.of("length", None, "this world has no horizon", "a number of steps")
    kernel = torch.einsum("sa,sat->st", pi, live_kernel(world))
    law = [world.initial]
    for t in range(1, length):
        over = world.horizon is not None and t >= world.horizon
        law.append(torch.zeros_like(law[-1]) if over else law[-1] @ kernel)
    return torch.stack(law)


def slot_law(
    world: TabularMDP, pi: Float[Tensor, "S A"], length: int | None = None, segments: bool = False
) -> Float[Tensor, "T K S"]:
    """Pr(slot t is a real transition, taken in state s, k steps after its episode began).

    The law of what `enumerate_episodes` or `enumerate_segments` lists, by a forward recursion:
    mass at (k, s) flows to (k + 1, s') where the transition ends nothing; what ends by a terminal
    state, at k + 1 = horizon or at k + 1 = time limit starts again at k = 0 in segments, and leaves
    in episodes. For every f,

        E[sum_t mask_t f(k_t, s_t)] = sum_{t, k, s} slot_law[t, k, s] f(k, s),

    so that the target of a loss with weights w_k is sum slot_law[t, k, s] w_k E_a[...]. K is no
    larger than the horizon: `advantages(world, pi)[:K]` fits.

    Args:
        world: the problem.
        pi: the behaviour policy, [S, A]; its graph is kept.
        length: T; None for the longest episode (then `segments` must be off).
        segments: whether an end is followed by a reset inside the batch.

    Returns:
        [T, K, S] with K = min(T, horizon, time limit). In episodes it is zero where k != t.

    Raises:
        InvalidArgument: no length where there is no longest episode, or in segments.
    """
    world.check_policy(pi)
    if length is None and not segments:
        length = longest_episode(world, pi)
    if length is None:
        raise InvalidArgument.of(
            "length", None, "segments, and episodes without a longest one, need it", "a length"
        )
    depth = min(n for n in (length, world.horizon, world.time_limit) if n is not None)
    kernel = torch.einsum("sa,sat->st", pi, live_kernel(world))
    leaving = (pi * exit_probability(world)).sum(-1)
    first = torch.zeros_like(world.initial).expand(depth - 1, -1)
    law = [torch.cat([world.initial[None], first])]
    for _ in range(1, length):
        here = law[-1]
        ended = here[:-1].mul(leaving).sum() + here[-1].sum()
        reborn = ended * world.initial if segments else torch.zeros_like(world.initial)
        law.append(torch.cat([reborn[None], here[:-1] @ kernel]))
    return torch.stack(law)
