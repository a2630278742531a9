"""A policy with a memory in a finite world: its values, and what a recurrent update promises.

A policy of whole histories is Markov in what it remembers: with h the numbers that it carries, s
the world's state and k the time since the episode began,

    (pi(. | h, s), V(h, s), h') = step(o(s), h),
    Q(h, s, k, a) = sum_s' P(s'|s, a) (r(s, a, s') + gamma [goes on] V^old(h', s', k + 1)),

V^old the mean of Q over the behaviour policy's actions. h' depends on no action, so that histories
that differ in actions alone are one node here, and those that end meet again in a reset. The
gradient of a node goes back through h to the observations of its own episode, and no further than
to where the segment began: that is the chain rule of `step`, and nothing is added to it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.tabular import TabularMDP

Stepper = Callable[[Tensor, Tensor], tuple[Tensor, Tensor, Tensor]]
"""(obs [M, O], h [M, K]) -> (logits [M, A], V [M], h' [M, K])."""
Behaviour = Callable[[Tensor, Tensor, int], Tensor]
"""(logits [M, A], s [M], k) -> log pi_old [M, A], without a graph."""


def on_policy(logits: Tensor, here: Tensor, steps: int) -> Tensor:
    """The behaviour of pi itself."""
    return logits.detach().log_softmax(-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class RememberingPolicy:
    """pi and V under training, and the behaviour policy, which remembers the same.

    Attributes:
        world: the problem, of a finite horizon.
        step: what the networks say of one observation more.
        behaviour: log pi_old, from what pi says there.
    """

    world: TabularMDP
    step: Stepper
    behaviour: Behaviour

    def __post_init__(self) -> None:
        if self.world.horizon is None or self.world.time_limit is not None:
            raise InvalidArgument.of(
                "world", self.world, "its episodes have no last step of their own",
                "a world with a horizon and without a time limit",
            )  # fmt: skip

    @torch.no_grad()
    def action_values(
        self, state: Float[Tensor, "M K"], here: Int[Tensor, " M"], steps: int
    ) -> Float[Tensor, "M A"]:
        """Q of the behaviour policy at h, s and k, for M of them."""
        world, count = self.world, len(here)
        ahead = torch.zeros(count, world.n_states, dtype=torch.float64, device=state.device)
        if steps + 1 != world.horizon:
            _, _, after = self.step(world.observations[here], state)
            there = torch.arange(world.n_states, device=here.device).repeat(count)
            following = after.repeat_interleave(world.n_states, 0)
            ahead = self.values(following, there, steps + 1).reshape(count, -1)
        live = (~world.terminal).to(torch.float64)
        onward = world.rewards[here] + world.gamma * (live * ahead)[:, None]
        return (world.transitions[here] * onward).sum(-1)

    @torch.no_grad()
    def values(
        self, state: Float[Tensor, "M K"], here: Int[Tensor, " M"], steps: int
    ) -> Float[Tensor, " M"]:
        """V of the behaviour policy at h, s and k; zero once the episode is over."""
        if steps == self.world.horizon:
            return torch.zeros(len(here), dtype=torch.float64, device=state.device)
        logits, _, _ = self.step(self.world.observations[here], state)
        old = self.behaviour(logits, here, steps).exp().to(torch.float64)
        return (old * self.action_values(state, here, steps)).sum(-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Carried:
    """How a segment may begin.

    Attributes:
        share: its probability.
        state: what was remembered before the first observation, [K].
        begins: whether that observation begins an episode, so that the state is emptied.
    """

    share: float
    state: Float[Tensor, " K"]
    begins: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Nodes:
    """M histories that a step of a segment may have.

    Attributes:
        weight: how likely each is under the behaviour policy, times 1/T, [M].
        pi: with its graph through what is remembered, [M, A].
        pi_old: [M, A].
        values: V under training, with its graph, [M].
        action_values: Q of the behaviour policy, [M, A].
    """

    weight: Float[Tensor, " M"]
    pi: Float[Tensor, "M A"]
    pi_old: Float[Tensor, "M A"]
    values: Float[Tensor, " M"]
    action_values: Float[Tensor, "M A"]


Group = tuple[Tensor, Tensor, Tensor]
"""(weight [M], h [M, K], s [M]) of nodes with one k."""


def histories(
    policy: RememberingPolicy, carried: Sequence[Carried], length: int
) -> Iterator[Nodes]:
    """Every history of every step of a segment, with its probability; they sum to one."""
    world = policy.world
    starts = (world.initial > 0).nonzero().flatten()
    groups: dict[int, list[Group]] = {0: []}
    for one in carried:
        state = torch.zeros_like(one.state) if one.begins else one.state
        weight = one.share * world.initial[starts] / length
        groups[0].append((weight, state.expand(len(starts), -1), starts))
    empty = torch.zeros_like(carried[0].state)
    for _ in range(length):
        following: dict[int, list[Group]] = {}
        ended = torch.zeros((), dtype=torch.float64, device=world.device)
        for steps, parts in groups.items():
            group = tuple(torch.cat([part[i] for part in parts]) for i in range(3))
            nodes, after = _look(policy, group, steps)  # type: ignore[arg-type] - three tensors
            yield nodes
            goes_on, over = _move(policy, nodes, group, after, steps)  # type: ignore[arg-type]
            ended = ended + over
            if goes_on is not None:
                following.setdefault(steps + 1, []).append(goes_on)
        reset = (ended * world.initial[starts], empty.expand(len(starts), -1), starts)
        following.setdefault(0, []).append(reset)
        groups = following


def _look(policy: RememberingPolicy, group: Group, steps: int) -> tuple[Nodes, Tensor]:
    weight, state, here = group
    logits, values, after = policy.step(policy.world.observations[here], state)
    nodes = Nodes(
        weight=weight,
        pi=logits.softmax(-1).to(torch.float64),
        pi_old=policy.behaviour(logits, here, steps).exp().to(torch.float64),
        values=values.to(torch.float64),
        action_values=policy.action_values(state.detach(), here, steps),
    )
    return nodes, after


def _move(
    policy: RememberingPolicy, nodes: Nodes, group: Group, after: Tensor, steps: int
) -> tuple[Group | None, Tensor]:
    """The nodes one step later, and how much of the weight is at the end of an episode."""
    world, here = policy.world, group[2]
    there = nodes.weight[:, None] * (nodes.pi_old[..., None] * world.transitions[here]).sum(1)
    if steps + 1 == world.horizon:
        return None, there.sum()
    live = (there > 0) & ~world.terminal
    row, state = live.nonzero().T
    return (there[row, state], after[row], state), there[:, world.terminal].sum()


def clipped_surrogate(nodes: Nodes, eps: float) -> Float[Tensor, ""]:
    """-sum w(node) A(node, a) pi(a | node) over what PPO's case table leaves: a potential.

    A step moves its ratio unless that lies beyond the bound to which the advantage points.
    """
    old = (nodes.pi_old * nodes.action_values).sum(-1, keepdim=True)
    advantages = nodes.action_values - old
    ratio = (nodes.pi / nodes.pi_old).detach()
    active = torch.where(advantages > 0, ratio < 1 + eps, ratio > 1 - eps)
    return -((nodes.weight[:, None] * advantages * active).detach() * nodes.pi).sum()


def squared_error(nodes: Nodes, coefficient: float) -> Float[Tensor, ""]:
    """coefficient sum w(node) 2 (V(node) - V^old(node)) nabla V(node): a potential."""
    truth = (nodes.pi_old * nodes.action_values).sum(-1)
    slope = 2 * nodes.weight * (nodes.values - truth)
    return coefficient * (slope.detach() * nodes.values).sum()


def entropy(nodes: Nodes, coefficient: float) -> Float[Tensor, ""]:
    """-coefficient sum w(node) H(pi(. | node)), with d H / d pi = -(log pi + 1): a potential."""
    slope = nodes.weight[:, None] * (nodes.pi.log() + 1)
    return coefficient * (slope.detach() * nodes.pi).sum()
