"""A trust-region step on one batch, exactly: surrogate, divergence, gradient, Fisher matrix.

    L(theta) = mean( pi_theta(a|s) / pi_old(a|s) A )      over the steps of the batch
    D(theta) = mean KL(pi_old(.|s) || pi_theta(.|s))      over its observations, actions summed out
    g = nabla L(theta_old)
    F = mean E_{a ~ pi_old}[score score^T] = nabla^2 D(theta_old)

The policy is anything that gives a `Categorical` or an `Independent(Normal, 1)`; parameters are
moved in place and put back. F by scores is `StepProblem.fisher`; its second route, the curvature
of D, is `StepProblem.curvature`, and shares nothing with it but the policy.

Source: Schulman et al. (2015), eq. 14 and appendix C; Kakade (2001), eq. 3.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution

from rlcheck.exact.policy import flatten, gradient_by_parameters, jacobian_by_parameters, unflatten
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std


@dataclass(frozen=True, kw_only=True, eq=False)
class StepProblem:
    """What a step is taken on.

    Attributes:
        policy: obs [M, O] -> distribution, over `parameters` as they are.
        parameters: by name; a step holds them flat, in this order.
        obs: the observations of the batch, one row a step, [M, O].
        actions: taken there, [M] or [M, D].
        advantages: of each step, [M].
        logp_old: log pi_old(a|s), [M].
    """

    policy: Callable[[Tensor], Distribution]
    parameters: Mapping[str, nn.Parameter]
    obs: Float[Tensor, "M O"]
    actions: Any
    advantages: Float[Tensor, " M"]
    logp_old: Float[Tensor, " M"]

    @cached_property
    def theta(self) -> Float[Tensor, " P"]:
        """The parameters as they are, flat."""
        return flatten(dict(self.parameters)).detach().to(torch.float64)

    @contextmanager
    def moved(self, step: Tensor) -> Iterator[None]:
        """The parameters at theta_old + step, and back afterwards to the last bit."""
        before = [p.detach().clone() for p in self.parameters.values()]
        pieces = unflatten(step.to(self.theta.device), dict(self.parameters))
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.add_(pieces[name])
            try:
                yield
            finally:
                for parameter, values in zip(self.parameters.values(), before, strict=True):
                    parameter.copy_(values)

    @cached_property
    def _described_old(self) -> tuple[Tensor, ...]:
        with torch.no_grad():
            return describe(self.policy(self.obs))

    def divergence(self, step: Tensor) -> float:
        """Mean KL(pi_old || pi) at theta_old + step."""
        old = self._described_old
        with self.moved(step):
            return float(kl(old, describe(self.policy(self.obs))).mean())

    def divergence_reversed(self, step: Tensor) -> float:
        """Mean KL(pi || pi_old) at theta_old + step: not the one that is bounded."""
        old = self._described_old
        with self.moved(step):
            return float(kl(describe(self.policy(self.obs)), old).mean())

    def improvement(self, step: Tensor, advantages: Tensor | None = None) -> float:
        """L(theta_old + step) - L(theta_old)."""
        credit = self.advantages if advantages is None else advantages
        with self.moved(step):
            there = self._ratio()
        with torch.no_grad():
            return float(((there - self._ratio()) * credit).mean())

    def _ratio(self) -> Tensor:
        logp = self.policy(self.obs).log_prob(self.actions).to(torch.float64)
        return (logp - self.logp_old).exp()

    @cached_property
    def scores(self) -> Float[Tensor, "M P"]:
        """The score nabla log pi(a|s) of every action taken."""
        logp = self.policy(self.obs).log_prob(self.actions)
        return jacobian_by_parameters(logp, dict(self.parameters)).to(torch.float64)

    @cached_property
    def gradient(self) -> Float[Tensor, " P"]:
        """g = nabla L(theta_old) = mean( ratio A score )."""
        return self.gradient_of(self.advantages)

    def gradient_of(self, advantages: Tensor) -> Float[Tensor, " P"]:
        """The same with other credit."""
        with torch.no_grad():
            ratio = self._ratio()
        return (ratio * advantages) @ self.scores / len(advantages)

    @cached_property
    def _distinct(self) -> tuple[Tensor, Tensor]:
        """Distinct observations, and the share of the steps that lies in each."""
        rows, counts = torch.unique(self.obs, dim=0, return_counts=True)
        return rows, counts.to(torch.float64) / len(self.obs)

    @cached_property
    def weighted_slopes(self) -> Float[Tensor, "K P"]:
        """The rows W of F = W^T W: the slopes of all outputs, by the roots of their weights."""
        rows, shares = self._distinct
        outputs = describe(self.policy(rows))
        slopes = [jacobian_by_parameters(o.flatten(), dict(self.parameters)) for o in outputs]
        weights = _weights(outputs, shares)
        found = [w.flatten().sqrt()[:, None] * s for w, s in zip(weights, slopes, strict=True)]
        return torch.cat(found).to(torch.float64)

    @cached_property
    def fisher(self) -> Float[Tensor, "P P"]:
        """F = mean E_a[score score^T], every action enumerated (Gaussian: in closed form)."""
        return self.weighted_slopes.T @ self.weighted_slopes

    @cached_property
    def curvature(self) -> Float[Tensor, "P P"]:
        """F again, as the Hessian of the mean KL(pi_old || pi) at pi = pi_old."""
        rows, shares = self._distinct
        now = describe(self.policy(rows))
        old = tuple(output.detach() for output in now)
        names = dict(self.parameters)
        mean = (kl(old, now) * shares).sum()
        slope = flatten(gradient_by_parameters(mean, names, create_graph=True))
        second = [flatten(gradient_by_parameters(entry, names)) for entry in slope]
        return torch.stack(second).detach().to(torch.float64)

    @cached_property
    def spectrum(self) -> tuple[Float[Tensor, " R"], Float[Tensor, "P R"]]:
        """(eigenvalues, eigenvectors) of F without those that are rounding of zero."""
        values, vectors = torch.linalg.eigh(self.fisher)
        kept = values > len(values) * torch.finfo(torch.float64).eps * values[-1]
        return values[kept], vectors[:, kept]

    def in_range(self, step: Tensor) -> Float[Tensor, " P"]:
        """The part of a step that changes the policy at some observation, to first order."""
        vectors = self.spectrum[1]
        return vectors @ (vectors.T @ step)

    def solve(self, right: Tensor, damping: float) -> Float[Tensor, " P"]:
        """(F + damping I)^-1 right, in the range of F; with no damping F^+ right."""
        values, vectors = self.spectrum
        return vectors @ ((vectors.T @ right) / (values + damping))


def describe(distribution: Distribution) -> tuple[Tensor, ...]:
    """Log-probabilities [M, A] of a `Categorical`; mean and log deviation [M, D] of a normal."""
    if isinstance(distribution, Categorical):
        return (distribution.logits.log_softmax(-1).to(torch.float64),)
    mean, std = mean_and_std(distribution)
    return mean.to(torch.float64), std.log().to(torch.float64)


def kl(p: tuple[Tensor, ...], q: tuple[Tensor, ...]) -> Tensor:
    """KL(p || q) of two described distributions, a row each; with the graphs of both."""
    if len(p) == 1:
        return (p[0].exp() * (p[0] - q[0])).sum(-1)
    scale, gap = p[1] - q[1], (p[0] - q[0]) * (-q[1]).exp()
    return ((torch.expm1(2 * scale) + gap**2) / 2 - scale).sum(-1)


def _weights(outputs: tuple[Tensor, ...], shares: Float[Tensor, " M"]) -> tuple[Tensor, ...]:
    """E[score score^T] = sum_k weight_k slope_k slope_k^T over the outputs of a distribution.

    A categorical's score is the slope of one log-probability, met with that probability. With
    z = (a - mean) / std a normal's is z / std times the slope of the mean, plus (z^2 - 1) times
    that of log std; E z^2 = 1, E (z^2 - 1)^2 = 2, and their product has mean zero.
    """
    share = shares[:, None]
    if len(outputs) == 1:
        return (share * outputs[0].detach().exp(),)
    log_std = outputs[1].detach()
    return share * (-2 * log_std).exp(), 2 * share.expand_as(log_std)
