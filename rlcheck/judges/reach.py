"""Whether autograd reaches every parameter that somebody's own networks depend on.

An agent that detaches its deviation trains everything but that: the same numbers come out, with a
gradient missing on both sides of every comparison. Moved by hand, the parameter tells.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rlcheck.judges.response import SubjectFailure
from rlcheck.judges.tilt import gaussian_of
from rlcheck.subjects.own import BroughtNetworks, has_critic
from rlcheck.subjects.recurrent import RecurrentNetworks
from rlcheck.worlds.linear_gaussian_sampler import mean_and_std

_STEP = 0.125
_SEED = 20_250_104


def require_remembered(own: RecurrentNetworks) -> None:
    """Tries every parameter of networks with a memory, and the state that they carry.

    Raises:
        SubjectFailure: an output moves with a parameter or with the state, and the gradient of
            none reaches it: it is detached inside, from step to step.
    """
    generator = torch.Generator().manual_seed(_SEED)
    first = next(iter(own.parameters.values()))
    obs = torch.rand(2, 4, own.obs_dim, generator=generator, dtype=torch.float64) - 0.5
    numbers = torch.rand(4, own.form.size, generator=generator, dtype=torch.float64) - 0.5
    obs, numbers = obs.to(first), numbers.to(first)
    carried = nn.Parameter(numbers)

    def outputs() -> Tensor:
        step = own.step(obs[0], carried)
        later = own.step(obs[1], step.state)
        parts = (step.logits, later.logits, step.values, later.values)
        return torch.cat([part.reshape(-1) for part in parts])

    def remembered() -> Tensor:
        return own.step(obs[0], carried).state

    _require(outputs, dict(own.parameters))
    _require(remembered, {"the state": carried})


def _require(outputs: Callable[[], Tensor], parameters: dict[str, nn.Parameter]) -> None:
    before = outputs()
    total = before.sum()
    found = (
        torch.autograd.grad(total, list(parameters.values()), allow_unused=True)
        if total.requires_grad
        else [None] * len(parameters)
    )
    cut = [name for name, g in zip(parameters, found, strict=True) if g is None]
    moving = [name for name in cut if _changes(outputs, parameters[name], before.detach())]
    if moving:
        raise SubjectFailure(
            f"no gradient reaches {', '.join(moving)} of its networks, whose outputs depend on it"
        )


def require_reached(own: BroughtNetworks) -> None:
    """Tries every parameter of networks that an implementation brings.

    Raises:
        SubjectFailure: an output moves with a parameter, and the gradient of none reaches it.
    """
    generator = torch.Generator().manual_seed(_SEED)
    obs = torch.rand(4, own.obs_dim, generator=generator, dtype=torch.float64) - 0.5
    parameters = own.parameters
    obs = obs.to(next(iter(parameters.values())).device)
    _require(lambda: _outputs(own, obs), parameters)


def _outputs(own: BroughtNetworks, obs: Tensor) -> Tensor:
    if own.action.kind == "continuous":
        policy = torch.cat(mean_and_std(gaussian_of(own, obs)), dim=1)
    else:
        policy = own.modules()["policy"](obs.to(own.dtype)).logits.to(torch.float64)
    if not has_critic(own):
        return policy
    return torch.cat([policy, own.value(obs.to(own.dtype)).to(policy)[:, None]], dim=1)


@torch.no_grad()
def _changes(outputs: Callable[[], Tensor], parameter: nn.Parameter, before: Tensor) -> bool:
    kept = parameter.detach().clone()
    try:
        parameter.add_(_STEP)
        # Both answers come from the same operations: any difference is the parameter's.
        return not torch.equal(outputs(), before)
    finally:
        parameter.copy_(kept)
