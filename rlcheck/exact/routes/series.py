"""Values and occupancies from the series N = sum_t gamma^t P^t, summed without a recursion in t.

Without a horizon by doubling, N_{2n} = N_n + gamma^n P^n N_n: no linear system is solved. With one
by the inverse for the chain whose states are (t, s): no recursion over time. Terminal states are
absorbing with reward zero here, and stay in the chain; `exact.chain` takes them out.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.worlds.tabular import TabularMDP

_DOUBLINGS = 64
"""2^64 steps: also a chain that ends with probability 1e-9 a step has ended by then."""


def _absorbing(
    world: TabularMDP, pi: Float[Tensor, "S A"]
) -> tuple[Float[Tensor, "S S"], Float[Tensor, "S"]]:
    """P_pi with absorbing terminal states, and the expected reward of a step."""
    pi = pi.detach()
    n = world.n_states
    chain, reward = torch.zeros_like(world.transitions[:, 0]), torch.zeros_like(world.initial)
    for s in range(n):
        if world.terminal[s]:
            chain[s, s] = 1.0
            continue
        for a in range(world.n_actions):
            chain[s] += pi[s, a] * world.transitions[s, a]
            reward[s] += pi[s, a] * torch.dot(world.transitions[s, a], world.rewards[s, a])
    return chain, reward


def _doubled(world: TabularMDP, chain: Float[Tensor, "S S"], gamma: float) -> Float[Tensor, "S S"]:
    """N on live states; rows from which an end is not sure hold zero where gamma = 1."""
    power = chain / chain.sum(1, keepdim=True)
    total = torch.eye(len(chain), dtype=chain.dtype, device=chain.device)
    discount = gamma
    for _ in range(_DOUBLINGS):
        total = total + discount * power @ total
        power = power @ power
        power = power / power.sum(1, keepdim=True)
        discount = discount * discount
    live = ~world.terminal
    remaining = discount * power[:, live].sum(1)
    return torch.where((live & (remaining < 0.5))[:, None], total, 0.0)


def _unrolled(chain: Float[Tensor, "S S"], gamma: float, horizon: int) -> Float[Tensor, "H S H S"]:
    """(I - gamma U)^{-1}, U the chain on (t, s) that only leads from t to t + 1."""
    later = torch.diag(torch.ones(horizon - 1, dtype=chain.dtype, device=chain.device), 1)
    whole = torch.eye(horizon * len(chain), dtype=chain.dtype, device=chain.device)
    inverse = torch.linalg.inv(whole - gamma * torch.kron(later, chain))
    return inverse.reshape(horizon, len(chain), horizon, len(chain))


def values_by_series(
    world: TabularMDP, pi: Float[Tensor, "S A"]
) -> Float[Tensor, "S"] | Float[Tensor, "H S"]:
    """V = N r, as `state_values` but without a graph."""
    chain, reward = _absorbing(world, pi)
    if world.horizon is None:
        return _doubled(world, chain, world.gamma) @ reward
    return torch.einsum("tsuv,v->ts", _unrolled(chain, world.gamma, world.horizon), reward)


def action_values_by_series(
    world: TabularMDP, pi: Float[Tensor, "S A"]
) -> Float[Tensor, "S A"] | Float[Tensor, "H S A"]:
    """Q(s, a) = sum_{s'} P(s' | s, a) (R(s, a, s') + gamma V(s')), as `action_values`."""
    values = values_by_series(world, pi)
    if world.horizon is not None:
        values = values.roll(-1, 0)
        values[-1] = 0.0
    target = world.rewards + world.gamma * values[..., None, None, :]
    return ((world.transitions * target).sum(-1)).masked_fill(world.terminal[:, None], 0.0)


def state_law_by_series(
    world: TabularMDP, pi: Float[Tensor, "S A"], horizon: int
) -> Float[Tensor, "T S"]:
    """Pr(s_t = s) for live s and t < horizon, from the unrolled chain without a discount."""
    from_start = _unrolled(_absorbing(world, pi)[0], 1.0, horizon)[0]
    law = torch.einsum("s,stv->tv", world.initial, from_start)
    return law.masked_fill(world.terminal, 0.0)


def occupancy_by_series(
    world: TabularMDP, pi: Float[Tensor, "S A"], discounted: bool = True
) -> Float[Tensor, "S"]:
    """The product d = p_0 N, as `occupancy` but without a graph."""
    gamma = world.gamma if discounted else 1.0
    chain, _ = _absorbing(world, pi)
    if world.horizon is None:
        visits = world.initial @ _doubled(world, chain, gamma)
    else:
        visits = torch.einsum("s,stv->v", world.initial, _unrolled(chain, gamma, world.horizon)[0])
    return visits.masked_fill(world.terminal, 0.0)


def objective_by_series(world: TabularMDP, pi: Float[Tensor, "S A"]) -> Float[Tensor, ""]:
    """J = sum_s d(s) r(s): the occupancy's form of it, where `objective` has the value's."""
    return occupancy_by_series(world, pi) @ _absorbing(world, pi)[1]
