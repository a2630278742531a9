"""What the claims about action values share: a row of five stages."""

from torch import Tensor

from rlcheck.claims.claim import Picks, Term
from rlcheck.variants import Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    """reduce(error(prediction, target(greedy)))."""
    target = picks["target"].compute(x, picks["greedy"].compute(x))
    error = picks["error"].compute(x, picks["prediction"].compute(x), target)
    return picks["reduction"].compute(x, error)


TERM = Term(stages=("greedy", "target", "prediction", "error", "reduction"), compute=_assemble)
