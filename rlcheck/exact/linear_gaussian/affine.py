"""What the closed forms need of a policy: a mean that is affine in the state, a constant std."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from rlcheck.errors import InvalidArgument
from rlcheck.worlds.linear_gaussian import LinearGaussianMDP
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

# Units in the last place that an affine map may be off at a probe, from a handful of additions.
_PROBE_ULPS = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class AffinePolicy:
    """a ~ N(gain s + offset, diag(std)^2), with the graph to the module's own parameters."""

    gain: Float[Tensor, "D S"]
    offset: Float[Tensor, " D"]
    std: Float[Tensor, " D"]

    def closed_loop(self, world: LinearGaussianMDP) -> tuple[Tensor, Tensor, Tensor]:
        """F, f, W of s' = F s + f + noise of covariance W."""
        transition = world.dynamics + world.control @ self.gain
        shift = world.drift + world.control @ self.offset
        acted = world.control * self.std
        return transition, shift, acted @ acted.T + world.noise @ world.noise.T


def affine_policy(policy: nn.Module, world: LinearGaussianMDP) -> AffinePolicy:
    """Reads gain, offset and std off any module by evaluating it at 0 and at unit states.

    Affinity is then tried at six other states, to rounding. A module that is only nearly affine,
    or whose deviation depends on the state, is refused: the closed forms would be silently wrong.

    Raises:
        InvalidArgument: where the policy is not affine, or its outputs have the wrong shape.
    """
    size = world.state_dim
    eye = torch.eye(size, dtype=torch.float64, device=world.dynamics.device)
    probes = torch.cat([eye.new_zeros(1, size), eye])
    mean, std = mean_and_std(policy(probes))
    if mean.shape != (size + 1, world.action_dim):
        raise InvalidArgument.of(
            "policy",
            tuple(mean.shape),
            "gives means of the wrong shape for observations [N, S]",
            f"means [N, {world.action_dim}]",
        )
    result = AffinePolicy(gain=(mean[1:] - mean[0]).T, offset=mean[0], std=std[0])
    _check_affine(policy, result, std)
    return result


@torch.no_grad()
def _check_affine(policy: nn.Module, found: AffinePolicy, std: Tensor) -> None:
    size = found.gain.shape[1]
    generator = torch.Generator().manual_seed(0)
    tries = torch.randn(6, size, generator=generator, dtype=torch.float64).to(std.device)
    tries = torch.cat([tries[:3], 5 * tries[3:]])
    mean, spread = mean_and_std(policy(tries))
    expected = tries @ found.gain.T + found.offset
    size_of_terms = tries.abs() @ found.gain.abs().T + found.offset.abs()
    floor = _PROBE_ULPS * torch.finfo(torch.float64).eps * (1 + size_of_terms)
    curved = bool(((mean - expected).abs() > floor).any())
    varying = bool(((torch.cat([spread, std]) - std[0]).abs() > floor.max() * std[0]).any())
    if curved or varying:
        raise InvalidArgument.of(
            "policy",
            type(policy).__name__,
            "has a mean that is not affine in the state, or a deviation that depends on it: "
            "there is no closed form",
            "LinearGaussianPolicy, or quadrature (gradient_by_quadrature, quadrature_rollouts)",
        )
