"""`adaptive-kl`: PPO's rule for the weight of the KL penalty."""

import torch
from torch import Tensor

from rlcheck import steps
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.promises import PROMISES
from rlcheck.variants import ADAPTATION, Workspace

# The measured KL lies below, inside and above the dead zone, near its ends and far from them.
_SHARES = (0.25, 0.4375, 0.625, 0.703125, 0.9375, 1.0625, 1.4375, 1.5625, 1.9375, 2.0625, 4.0)
_TARGET = 0.0625


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    return picks["adaptation"].compute(x)


def _reference(x: Workspace) -> Tensor:
    found = steps.adaptive_kl(kl_coef=x.kl_coef, kl=x.kl, kl_target=x.kl_target)
    return torch.as_tensor(found, dtype=torch.float64)


ADAPTIVE_KL = Claim(
    id="adaptive-kl",
    promise=PROMISES["adaptive-kl"],
    derivation="ppo/adaptive-penalty",
    gives="number",
    settings={"kl_coef": 0.5, "kl": _TARGET, "kl_target": _TARGET},
    varied={
        "kl_coef": (0.5, 2.0),
        "kl": tuple(share * _TARGET for share in _SHARES),
        "kl_target": (_TARGET, 4 * _TARGET),
    },
    forms=("fixed",),
    off_policy=False,
    trains=(),
    stages=(ADAPTATION,),
    terms=(Term(stages=("adaptation",), compute=_assemble),),
    reference=_reference,
    target=None,
    planted=("adaptation", "same-threshold"),
)
