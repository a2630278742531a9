"""What the bridges of several chapters share: gradients, credits and floors."""

from collections.abc import Callable

import torch
from torch import Tensor

from rlcheck import exact, losses
from rlcheck.bridge.batches import ascent_by_rollout, table, trajectory_numbers
from rlcheck.bridge.case import Case, Tables
from rlcheck.exact import floors
from rlcheck.exact.policy import flatten
from rlcheck.strategies import SoftmaxPolicy
from rlcheck.worlds import Rollout, TabularMDP

Statistic = Callable[[Case, Rollout], Tensor]


def objective_gradient(case: Case) -> Tensor:
    """∇J, discounted, [P]."""
    return flatten(exact.objective_gradient(case.world, case.policy))


def undiscounted_gradient(case: Case) -> Tensor:
    """∇J without a discount, [P]."""
    return flatten(exact.objective_gradient(case.undiscounted, case.policy))


def at_steps(numbers: Tensor, rollout: Rollout) -> Tensor:
    """numbers[t, s_t], [T, N], of a table by time and state."""
    assert rollout.states is not None
    return numbers[rollout.steps, rollout.states]


def at_pairs(numbers: Tensor, rollout: Rollout) -> Tensor:
    """numbers[t, s_t, a_t], [T, N], of a table by time, state and action."""
    assert rollout.states is not None
    return numbers[rollout.steps, rollout.states, rollout.actions]


def next_values(numbers: Tensor, rollout: Rollout) -> Tensor:
    """numbers[t + 1, s_{t+1}], [T, N]; zero after the last step."""
    assert rollout.next_states is not None
    padded = torch.cat([numbers, torch.zeros_like(numbers[:1])])
    return padded[rollout.steps + 1, rollout.next_states]


def full_return(case: Case, rollout: Rollout, baseline: float | Tensor = 0.0) -> Tensor:
    """REINFORCE with the whole return, without a discount, by rollout."""
    return ascent_by_rollout(
        case,
        rollout,
        lambda logp: losses.reinforce_full_return(
            logp, rollout.rewards, 1.0, baseline, rollout.terminated
        ),
    )


def reward_to_go(gamma: Callable[[Case], float]) -> Statistic:
    """REINFORCE with the rewards to go, by rollout."""

    def statistic(case: Case, rollout: Rollout) -> Tensor:
        return ascent_by_rollout(
            case,
            rollout,
            lambda logp: losses.reinforce(logp, rollout.rewards, gamma(case), rollout.terminated),
        )

    return statistic


def discount(case: Case) -> float:
    """γ of the case."""
    return case.world.gamma


def one(case: Case) -> float:
    """No discount."""
    return 1.0


def score_table(world: TabularMDP, policy: SoftmaxPolicy) -> Tensor:
    """∇log π(a | s), [S, A, P]."""
    pi = exact.policy_table(policy, world)
    parameters = list(policy.parameters())
    rows = [
        torch.cat([g.flatten() for g in torch.autograd.grad(x, parameters, retain_graph=True)])
        for x in pi.log().flatten()
    ]
    return torch.stack(rows).reshape(*pi.shape, -1).detach()


def forever_value_floor(case: Case) -> float:
    """Of V, Q, A and J of the infinite horizon; A is a difference of two."""
    return 2 * floors.value_floor(case.forever, table(case, case.policy))


def forever_gradient_floor(case: Case) -> float:
    """Of the norm of ∇J of the infinite horizon."""
    score = score_table(case.world, case.policy)
    return floors.gradient_floor(case.forever, table(case, case.policy), score)


def black_box(name: str) -> Callable[[Case], Tables]:
    """An arbitrary number for every trajectory."""

    def tables(case: Case) -> Tables:
        states, actions = [case.states] * (case.steps + 1), [case.actions] * case.steps
        return {name: case.arbitrary(*states, *actions, of=name)}

    return tables


def black_box_of(case: Case, rollout: Rollout, name: str) -> Tensor:
    """The number of each rollout's trajectory, [N]."""
    return black_box(name)(case)[name].flatten()[trajectory_numbers(case, rollout)]
