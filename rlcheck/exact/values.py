"""V, Q and A of a policy in a tabular world.

Route: backward recursion where the horizon is finite, one linear solve where it is not.
`routes.values_by_unrolling` computes the same by another.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from rlcheck.exact.chain import expected_rewards, live_kernel, require_sure_end
from rlcheck.worlds.tabular import TabularMDP


def state_values(
    world: TabularMDP, pi: Float[Tensor, "S A"]
) -> Float[Tensor, "S"] | Float[Tensor, "H S"]:
    """The expected discounted reward from each state on; with the graph of `pi`.

    V(s) = sum_a pi(a | s) [r(s, a) + gamma sum_{s'} P(s' | s, a) V(s')], V = 0 in terminal states.
    With a horizon H, V_h counts the rewards of steps h, ..., H - 1 and V_H = 0. A time limit
    changes nothing: the agent does not see it.

    Args:
        world: the problem.
        pi: the policy, [S, A].

    Returns:
        [S], or [H, S] by time where the horizon is finite. Where gamma = 1 without a horizon,
        states that are never visited and have no value hold zero; nothing visited depends on them.

    Raises:
        InvalidArgument: gamma = 1 without a horizon, and the policy may never end.

    Source: Sutton & Barto (2018), eq. 4.4 (Bellman equation); Puterman (1994), section 4.2, for
        the time-indexed form.
    """
    world.check_policy(pi)
    kernel = torch.einsum("sa,sat->st", pi, live_kernel(world))
    rewards = (pi * expected_rewards(world)).sum(-1)
    if world.horizon is not None:
        return _backwards(kernel, rewards, world.gamma, world.horizon)
    if world.gamma == 1:
        ends = require_sure_end(world, pi, "a value").to(pi.dtype)
        kernel, rewards = kernel * ends[:, None] * ends, rewards * ends
    identity = torch.eye(world.n_states, dtype=kernel.dtype, device=kernel.device)
    return torch.linalg.solve(identity - world.gamma * kernel, rewards)


def _backwards(
    kernel: Float[Tensor, "S S"], rewards: Float[Tensor, "S"], gamma: float, horizon: int
) -> Float[Tensor, "H S"]:
    value = torch.zeros_like(rewards)
    values = []
    for _ in range(horizon):
        value = rewards + gamma * kernel @ value
        values.append(value)
    return torch.stack(values[::-1])


def action_values(
    world: TabularMDP, pi: Float[Tensor, "S A"]
) -> Float[Tensor, "S A"] | Float[Tensor, "H S A"]:
    """The expected discounted reward of one given action, the policy afterwards.

    Q(s, a) = r(s, a) + gamma sum_{s'} P(s' | s, a) V(s'), zero in terminal states; Q_h uses
    V_{h+1}.

    Returns:
        [S, A], or [H, S, A] where the horizon is finite.

    Raises:
        InvalidArgument: as for `state_values`; also where an action that the policy never takes
            leads from a visited state to one without a value.

    Source: Sutton & Barto (2018), eq. 4.6.
    """
    values = state_values(world, pi)
    if world.horizon is None and world.gamma == 1:
        require_sure_end(world, pi, "an action value", any_first_action=True)
    if world.horizon is not None:
        values = torch.cat([values[1:], torch.zeros_like(values[:1])])
    ahead = torch.einsum("sat,...t->...sa", live_kernel(world), values)
    return expected_rewards(world) + world.gamma * ahead


def advantages(
    world: TabularMDP, pi: Float[Tensor, "S A"]
) -> Float[Tensor, "S A"] | Float[Tensor, "H S A"]:
    """A(s, a) = Q(s, a) - V(s), zero in terminal states; time-indexed where the horizon is finite.

    Returns:
        [S, A], or [H, S, A].

    Raises:
        InvalidArgument: as for `action_values`.

    Source: Schulman et al. (2016), section 2.
    """
    return action_values(world, pi) - state_values(world, pi)[..., None]
