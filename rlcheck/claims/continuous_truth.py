"""What a claim's target is computed from on continuous actions, and the targets themselves.

As in `rlcheck.exact.targets` a target is a potential: a scalar whose gradient is what is due and
whose value means nothing. The formulas stand here; which closed forms they are computed by depends
on the policy: `affine_truth` for rlcheck's own, `network_truth` for networks of somebody's own.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, kw_only=True, eq=False)
class Potential:
    """A scalar whose gradient is the target, and how far that gradient may be off."""

    value: Float[Tensor, ""]
    error: float = 0.0

    def __add__(self, other: "Potential") -> "Potential":
        return Potential(value=self.value + other.value, error=self.error + other.error)


@runtime_checkable
class ContinuousTruth(Protocol):
    """A linear Gaussian world, two Gaussian policies, a value function, and how batches are drawn.

    Each method is the target of the function of the same name below.
    """

    def objective(self) -> Potential: ...

    def discounted_credit(self) -> Potential: ...

    def surrogate(self) -> Potential: ...

    def clipped_surrogate(self) -> Potential: ...

    def penalty(self) -> Potential: ...

    def entropy(self) -> Potential: ...

    def squared_error(self) -> Potential: ...

    def advantage_moments(self) -> Tensor: ...

    def action_value_moments(self) -> Tensor: ...


def objective(truth: ContinuousTruth) -> Potential:
    """-J(theta)."""
    return truth.objective()


def discounted_credit(truth: ContinuousTruth) -> Potential:
    """-sum_t gamma^t E[nabla log pi A]."""
    return truth.discounted_credit()


def surrogate(truth: ContinuousTruth) -> Potential:
    """-mean_t E_old[ratio A], the ratio integrated out."""
    return truth.surrogate()


def clipped_surrogate(truth: ContinuousTruth) -> Potential:
    """-mean_t E_old[min(ratio A, clip(ratio) A)]; at ratio one nothing is clipped."""
    return truth.clipped_surrogate()


def penalty(truth: ContinuousTruth) -> Potential:
    """kl_coef * mean_t E KL(pi_old || pi)."""
    return truth.penalty()


def entropy(truth: ContinuousTruth) -> Potential:
    """-ent_coef * mean_t E H(pi), states held fixed."""
    return truth.entropy()


def squared_error(truth: ContinuousTruth) -> Potential:
    """vf_coef * mean_t E (V(s) - V_pi(s))^2: unbiased targets have V_pi as their mean."""
    return truth.squared_error()


def advantage_moments(truth: ContinuousTruth) -> Float[Tensor, "T F"]:
    """E[A(s_t, a_t) f(s_t, a_t)] for every monomial f of degree two at most."""
    return truth.advantage_moments()


def action_value_moments(truth: ContinuousTruth) -> Float[Tensor, "T F"]:
    """E[Q(s_t, a_t) f(s_t, a_t)] for every monomial f of degree two at most."""
    return truth.action_value_moments()
