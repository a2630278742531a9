"""The expected gradient that each claim promises, written from the world and not from a loss.

Every function returns a *potential*: a scalar whose gradient in the parameters is the target, and
whose value means nothing. Its coefficients are detached sums over the world,

    potential = sum_{s,a} c(s, a) pi(a|s)  or  sum_s c(s) V(s),

so that the chain rule through the network is all that is left to autograd. `visits[s, a, s']` is
the expected weight of a transition under the batch's reduction (see `mean_visits`,
`discounted_visits`); A is the advantage of the untruncated problem under the behaviour policy.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.exact.enumeration import enumerate_episodes
from rlcheck.exact.occupancy import slot_law
from rlcheck.worlds import TabularMDP

Table = Float[Tensor, "S A"]
Joint = Float[Tensor, "S A S"]
PerState = Float[Tensor, " S"]


def mean_visits(
    world: TabularMDP, pi_old: Table, length: int | None, segments: bool, batch_size: int = 1
) -> Joint:
    """E[share of the batch's valid steps that are transitions (s, a, s')], over batches of K.

    With rollouts of one length that is (1/T) sum_t Pr(s_t = s) pi_old(a|s) P(s'|s, a). With unequal
    lengths the mean over valid steps is a ratio of sums; its expectation depends on K, and a step's
    weight depends on how long its own rollout went on, hence on a and s':

        K sum_n p_n (count of (s, a, s') in rollout n) E[1 / (L_n + L_2 + ... + L_K)].
    """
    law = slot_law(world, pi_old, length, segments)
    real = law.sum((1, 2))
    if segments or bool((real > 1 - 1e-12).all()):
        per_state = law.sum((0, 1)) / law.shape[0]
        return (per_state[:, None] * pi_old)[..., None] * world.transitions
    rollouts = enumerate_episodes(world, pi_old.detach(), length)
    assert rollouts.probability is not None
    assert rollouts.states is not None
    assert rollouts.next_states is not None
    inverse = _expected_inverse_length(rollouts.lengths, rollouts.probability, batch_size)
    weight = batch_size * rollouts.probability * inverse[rollouts.lengths]
    counts = torch.zeros_like(world.transitions)
    place = (rollouts.states, rollouts.actions, rollouts.next_states)
    return counts.index_put(place, weight * rollouts.mask.to(torch.float64), accumulate=True)


def _expected_inverse_length(lengths: Tensor, probability: Tensor, batch_size: int) -> Tensor:
    """E[1 / (L + sum of K-1 independent lengths)] for every L, by convolution."""
    longest = int(lengths.max())
    single = torch.zeros(longest + 1, dtype=torch.float64, device=lengths.device)
    single.index_add_(0, lengths, probability)
    others = {0: 1.0}
    for _ in range(batch_size - 1):
        grown: dict[int, float] = {}
        for total, p in others.items():
            for extra in range(1, longest + 1):
                grown[total + extra] = grown.get(total + extra, 0.0) + p * float(single[extra])
        others = grown
    inverse = [sum(p / (own + total) for total, p in others.items() if own + total)
               for own in range(longest + 1)]  # fmt: skip
    return torch.tensor(inverse, dtype=torch.float64, device=lengths.device)


def discounted_visits(
    world: TabularMDP, pi_old: Table, length: int | None, segments: bool
) -> Joint:
    """E[sum_t gamma^k 1{transition (s, a, s')}], k the time since the episode began."""
    law = slot_law(world, pi_old, length, segments)
    weights = world.gamma ** torch.arange(law.shape[1], dtype=torch.float64, device=law.device)
    per_state = (law * weights[:, None]).sum((0, 1))
    return (per_state[:, None] * pi_old)[..., None] * world.transitions


def advantage_weighted(
    pi: Table, pi_old: Table, advantages: Table, visits: Joint
) -> Float[Tensor, ""]:
    """-sum_{s,a} visits(s, a) A(s, a) nabla pi(a|s) / pi_old(a|s).

    The gradient of a mean of ratio times advantage; at pi = pi_old that of log pi times advantage.
    """
    return -((visits.sum(-1) * advantages / pi_old).detach() * pi).sum()


def clipped(
    pi: Table, pi_old: Table, advantages: Table, visits: Joint, eps: float
) -> Float[Tensor, ""]:
    """PPO-clip's case table: a step moves the ratio unless it lies beyond the bound A points to."""
    ratio = (pi / pi_old).detach()
    active = torch.where(advantages > 0, ratio < 1 + eps, ratio > 1 - eps)
    return advantage_weighted(pi, pi_old, advantages * active, visits)


def divergence(pi: Table, pi_old: Table, visits: Joint, coefficient: float) -> Float[Tensor, ""]:
    """coefficient * sum_s visits(s) nabla KL(pi_old || pi)(s), with d KL / d pi = -pi_old / pi."""
    slope = -visits.sum((1, 2))[:, None] * pi_old / pi
    return coefficient * (slope.detach() * pi).sum()


def entropy(pi: Table, visits: Joint, coefficient: float) -> Float[Tensor, ""]:
    """-coefficient * sum_s visits(s) nabla H(s), with d H / d pi = -(log pi + 1)."""
    slope = visits.sum((1, 2))[:, None] * (pi.log() + 1)
    return coefficient * (slope.detach() * pi).sum()


def squared_error(
    world: TabularMDP, values: PerState, truth: PerState, visits: Joint, coefficient: float
) -> Float[Tensor, ""]:
    """coefficient * sum visits(s, a, s') 2 (V(s) - r - gamma V^pi(s')) nabla V(s).

    The value targets are one-step ones with the true values behind them, V^pi = 0 at an end.
    """
    onward = world.rewards + world.gamma * truth * (~world.terminal)
    slope = 2 * (visits * (values[:, None, None] - onward)).sum((1, 2))
    return coefficient * (slope.detach() * values).sum()


def action_value_error(
    world: TabularMDP, q_values: Table, successor: PerState, visits: Joint, coefficient: float
) -> Float[Tensor, ""]:
    """coefficient * sum visits(s, a, s') 2 (Q(s, a) - r - gamma v(s')) nabla Q(s, a).

    The one-step targets are numbers: v(s'), what the successor is worth, carries no gradient and is
    zero at an end. Which network says so, and by which action, is the caller's affair.
    """
    onward = world.rewards + world.gamma * successor * (~world.terminal)
    slope = 2 * (visits * (q_values[..., None] - onward)).sum(-1)
    return coefficient * (slope.detach() * q_values).sum()


def expected_gae(
    world: TabularMDP,
    pi: Table,
    values: PerState,
    gae_lambda: float,
    length: int,
    segments: bool,
) -> Float[Tensor, "T K S A"]:
    """Pr(slot t, k, s, a) E[GAE at that slot | k, s, a] for *any* critic, by backward recursion.

    X_t(k, s, a) = sum_s' P(s'|s,a) [r + gamma (1 - end) V(s') - V(s)
                   + gamma lambda (1 - cut_k) sum_a' pi(a'|s') X_{t+1}(k+1, s', a')],

    where `end` is a terminal s' (or the horizon) and `cut` also the time limit; X_T = 0.
    """
    law = slot_law(world, pi, length, segments)
    bootstrap = torch.where(world.terminal, torch.zeros_like(values), values)
    return (
        law[..., None]
        * pi
        * _backward(
            world, pi, law.shape[0], law.shape[1], bootstrap, values, world.gamma * gae_lambda
        )
    )


def expected_td_target(
    world: TabularMDP, pi: Table, values: PerState, length: int, segments: bool
) -> Float[Tensor, "T K S A"]:
    """Pr(slot t, k, s, a) E[r + gamma (1 - end) V(s') | k, s, a], for any critic."""
    law = slot_law(world, pi, length, segments)
    ends, _ = _cuts(world, law.shape[1])
    live = torch.where(world.terminal, torch.zeros_like(values), values)
    onward = (world.transitions * live).sum(-1) * (~ends)[:, None, None]
    rewards = (world.transitions * world.rewards).sum(-1)
    return law[..., None] * pi * (rewards + world.gamma * onward)


def expected_returns(
    world: TabularMDP, pi: Table, values: PerState, length: int, segments: bool
) -> Float[Tensor, "T K S A"]:
    """As `expected_gae`, for reward-to-go with V behind a truncation and the last row."""
    law = slot_law(world, pi, length, segments)
    bootstrap = torch.where(world.terminal, torch.zeros_like(values), values)
    found = _backward_returns(world, pi, law.shape[0], law.shape[1], bootstrap)
    return law[..., None] * pi * found


def _cuts(world: TabularMDP, depth: int) -> tuple[Tensor, Tensor]:
    """Whether step k ends by the horizon, and whether it is cut by horizon or time limit, [K]."""
    after = torch.arange(1, depth + 1, device=world.transitions.device)
    never = torch.zeros(depth, dtype=torch.bool, device=after.device)
    horizon = after == world.horizon if world.horizon is not None else never
    limit = after == world.time_limit if world.time_limit is not None else never
    return horizon, horizon | limit


def _backward(
    world: TabularMDP, pi: Table, length: int, depth: int,
    bootstrap: PerState, values: PerState, carry: float,
) -> Float[Tensor, "T K S A"]:  # fmt: skip
    ends, cuts = _cuts(world, depth)
    rewards = (world.transitions * world.rewards).sum(-1)
    goes_on = torch.einsum("sat,t->sa", world.transitions, bootstrap)
    delta = rewards + world.gamma * goes_on * (~ends)[:, None, None] - values[:, None]
    live = (~world.terminal).to(torch.float64)
    none = torch.zeros_like(values)[None]
    later = torch.zeros_like(delta.expand(depth, -1, -1))
    rows = []
    for _ in range(length):
        carried = torch.cat([(pi * later).sum(-1)[1:], none]) * live
        onward = torch.einsum("sat,kt->ksa", world.transitions, carried)
        later = delta + carry * onward * (~cuts)[:, None, None]
        rows.append(later)
    return torch.stack(rows[::-1])


def _backward_returns(
    world: TabularMDP, pi: Table, length: int, depth: int, bootstrap: PerState
) -> Float[Tensor, "T K S A"]:
    ends, cuts = _cuts(world, depth)
    rewards = (world.transitions * world.rewards).sum(-1)
    at_cut = torch.einsum("sat,t->sa", world.transitions, bootstrap) * (~ends)[:, None, None]
    live = (~world.terminal).to(torch.float64)
    later = at_cut
    rows = []
    for row in range(length):
        if row == 0:
            onward = at_cut
        else:
            state_value = (pi * later).sum(-1)
            carried = torch.cat([state_value[1:], state_value[-1:]]) * live
            onward = torch.einsum("sat,kt->ksa", world.transitions, carried)
            onward = torch.where(cuts[:, None, None], at_cut, onward)
        later = rewards + world.gamma * onward
        rows.append(later)
    return torch.stack(rows[::-1])
