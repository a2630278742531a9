"""A behaviour policy beside a policy with a memory: one action of each state has a ratio to it.

    pi_old(f | h, s) = pi(f | h, s) / r,   the other actions share the rest as under pi,

with f and r by state and step, so that ratios fall below, inside and above the clip range, close to
its ends on either side, and beyond the three at which dual clip begins.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

_DEFAULT_CLIP = 0.25
_MOST = 0.95


@dataclass(frozen=True, kw_only=True)
class MemoryTilt:
    """Which ratios are wanted.

    Attributes:
        turn: which half of them.
        clip_eps: the range that they are laid around.
    """

    turn: int
    clip_eps: float = _DEFAULT_CLIP

    @property
    def ratios(self) -> tuple[float, ...]:
        """The ratios wanted, four a turn."""
        eps = self.clip_eps
        low, high = 1 - eps, 1 + eps
        # Outside the range and inside one twice as wide, well inside, and far beyond.
        far = (1 + 1.5 * eps, 1 - 1.5 * eps, 1 + eps / 5, 3.5)
        # Between these ends and those of a range in log space, exp(-eps) and exp(eps).
        near = (1.005 * high, 1.005 * low, 0.98 * high, 0.98 * low)
        return near if self.turn % 2 else far

    def described(self) -> str:
        """In words, for reports."""
        ratios = ", ".join(f"{ratio:.4g}" for ratio in self.ratios)
        return (
            f"pi / pi_old of one action is {ratios}, by state and step; the others share the rest"
        )

    def __call__(
        self, logits: Float[Tensor, "M A"], here: Int[Tensor, " M"], steps: int
    ) -> Float[Tensor, "M A"]:
        """log pi_old of what the networks say in these states, k steps into an episode."""
        pi = logits.detach().softmax(-1).to(torch.float64)
        favoured = favoured_action(here, steps, pi.shape[1])[:, None]
        ratios = torch.tensor(self.ratios, dtype=torch.float64, device=pi.device)
        mine = pi.gather(-1, favoured)
        share = mine / ratios[(here + 2 * steps) % len(ratios)][:, None]
        # A policy this peaked leaves no room for a smaller ratio than one.
        share = torch.where(share < _MOST, share, mine / ratios.max())
        old = pi * (1 - share) / (1 - mine)
        return old.scatter(-1, favoured, share).log()


def favoured_action(here: Tensor, steps: Tensor | int, n_actions: int) -> Tensor:
    """f: the action that has the ratio wanted."""
    return (here + steps) % n_actions
