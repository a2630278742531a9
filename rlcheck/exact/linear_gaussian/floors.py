"""How far rounding alone may take an exact quantity over a finite horizon.

J is a sum of products of the entries of A, B, c, L, M, l, k, of the start and of the policy. With
the absolute value of each entry in its place, the same sum is the sum of the magnitudes of all its
terms, and a derivative of it that of the derivative's terms. A sum of products in floating point,
in any order, is within depth * eps of it relative to that (Higham, Accuracy and Stability of
Numerical Algorithms, 2nd ed., eq. (3.5)), with depth the longest chain of roundings a term passes.

A step passes at most S + D + 2 roundings in each of four matrix products (two on each side of a
second moment), so depth = 4 H (S + D + 2) + Z^2 for the reward's quadratic form, twice for the
backward pass. A gain read off as mean(e_i) - mean(0) carries rounding of |gain| + |offset|.
"""

from dataclasses import replace

import torch
from torch import nn

from rlcheck.exact.linear_gaussian.affine import affine_policy
from rlcheck.exact.linear_gaussian.estimate import flatten, parameter_gradient
from rlcheck.exact.linear_gaussian.moments import objective
from rlcheck.worlds.gaussian_policy import LinearGaussianPolicy
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP


def in_absolute_terms(
    world: LinearGaussianMDP, policy: nn.Module
) -> tuple[LinearGaussianMDP, LinearGaussianPolicy]:
    """World and policy with the magnitude of every coefficient."""
    names = ("dynamics", "control", "drift", "noise", "reward_quadratic", "reward_linear")
    names += ("initial_points", "initial_noise")
    absolute = {name: getattr(world, name).abs() for name in names}
    with torch.no_grad():
        affine = affine_policy(policy, world)
        gain = affine.gain.abs() + affine.offset.abs()[:, None]
        steered = LinearGaussianPolicy(gain, affine.offset.abs(), affine.std.log())
    rewards = abs(world.reward_constant)
    return replace(world, **absolute, reward_constant=rewards), steered


def objective_floor(world: LinearGaussianMDP, policy: nn.Module) -> float:
    """What rounding may do to J."""
    return _depth(world) * float(objective(*in_absolute_terms(world, policy)).detach())


def gradient_floor(world: LinearGaussianMDP, policy: nn.Module) -> float:
    """What rounding may do to the gradient of J, in Euclidean norm, by gain, offset and log_std.

    The gradient of the sum of magnitudes bounds each entry's terms.
    """
    absolute, steered = in_absolute_terms(world, policy)
    gradient = parameter_gradient(objective(absolute, steered), steered)
    return _depth(world) * float(flatten(gradient).norm())


def _depth(world: LinearGaussianMDP) -> float:
    both = world.state_dim + world.action_dim
    chain = 4 * (world.horizon or 1) * (both + 2) + both**2
    return 2 * chain * torch.finfo(torch.float64).eps
