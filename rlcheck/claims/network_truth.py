"""The targets on continuous actions for networks of somebody's own.

A mean that is a network has closed forms where the network is asked for numbers at known points
alone: on whole episodes in which no action moves what it sees (`rlcheck.exact.linear_gaussian`,
`open_loop`). There every target is exact, whatever the network is. Elsewhere none is claimed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Independent, Normal

from rlcheck.claims.continuous_truth import Potential
from rlcheck.errors import InvalidArgument
from rlcheck.exact import linear_gaussian as exact
from rlcheck.exact.linear_gaussian.open_loop import Acts
from rlcheck.subjects.own import BroughtNetworks
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkTruth:
    """A linear Gaussian world, networks that see a part of it which nothing moves, and a policy.

    Attributes:
        world: the problem, of a finite horizon.
        seen: what the networks see, linear in the state, [O, S].
        own: the networks under training.
        policy: pi under training as a function of states, with its graph.
        policy_old: the behaviour policy as a function of states.
        value: V under training as a function of states, with its graph.
        settings: gamma and the rest.
        on_policy: whether the two policies are one.
        dimension: the one of the action in which they differ, where there is a clip.
    """

    world: LinearGaussianMDP
    seen: Float[Tensor, "O S"]
    own: BroughtNetworks
    policy: Acts
    policy_old: Acts
    value: Any
    settings: Mapping[str, float]
    on_policy: bool
    dimension: int

    def new(self) -> exact.OpenLoop:
        """What pi does, with a graph of its own: an update may move the parameters in between."""
        return exact.open_loop(self.world, self.policy, self.seen)

    @cached_property
    def old(self) -> exact.OpenLoop:
        """What pi_old does."""
        with torch.no_grad():
            return exact.open_loop(self.world, self.policy_old, self.seen)

    @cached_property
    def shares(self) -> Float[Tensor, "H P"]:
        """The mean over steps and starting points."""
        steps = len(self.old.states)
        return self.world.initial_weights.expand(steps, -1) / steps

    def objective(self) -> Potential:
        return Potential(value=-self.new().objective())

    def discounted_credit(self) -> Potential:
        steps = torch.arange(len(self.old.states), device=self.seen.device)
        return self._credited(self.world.gamma ** steps.to(torch.float64))

    def surrogate(self) -> Potential:
        return self._credited(self.shares.sum(1))

    def clipped_surrogate(self) -> Potential:
        if self.on_policy:
            return self.surrogate()
        closed, pieces = exact.open_loop_clipped(
            self.new(), self.old, self.settings["clip_eps"], self.dimension
        )
        gap = self._gradient(closed) - self._gradient(pieces)
        return Potential(value=-closed, error=float(gap.norm()))

    def penalty(self) -> Potential:
        kl = exact.kl_divergence(_distribution(self.old), _distribution(self.new()))
        return Potential(value=self.settings["kl_coef"] * (self.shares * kl).sum())

    def entropy(self) -> Potential:
        found = exact.entropy(_distribution(self.new()))
        return Potential(value=-self.settings["ent_coef"] * (self.shares * found).sum())

    def squared_error(self) -> Potential:
        # V sees a part of the state: its targets' mean given that part is what it is drawn to.
        values = torch.stack([v.matrix for v in self.old.state_values])
        right = (values * self.old.moments).sum((-2, -1)).T
        square = (self.value(self.old.states) - right) ** 2
        return Potential(value=self.settings["vf_coef"] * (self.shares * square).sum())

    def advantage_moments(self) -> Tensor:
        raise _no_network("advantages")

    def action_value_moments(self) -> Tensor:
        raise _no_network("returns")

    def _credited(self, weights: Float[Tensor, " H"]) -> Potential:
        return Potential(value=-exact.open_loop_surrogate(self.new(), self.old, weights))

    def _gradient(self, value: Tensor) -> Tensor:
        parameters = list(self.own.parameters.values())
        found = torch.autograd.grad(value, parameters, allow_unused=True, retain_graph=True)
        return torch.cat([
            (torch.zeros_like(p) if g is None else g).reshape(-1).to(torch.float64)
            for g, p in zip(found, parameters, strict=True)
        ])  # fmt: skip


def _distribution(loop: exact.OpenLoop) -> Independent:
    normal = Normal(loop.means, loop.stds, validate_args=False)
    return Independent(normal, 1, validate_args=False)


def _no_network(what: str) -> InvalidArgument:
    return InvalidArgument.of(
        "subject", what, "an estimate has no use for networks of its own",
        "the function without an agent",
    )  # fmt: skip
