"""`entropy-bonus`: the bonus for staying random, states held fixed."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import ENTROPY
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import ENTROPY as ENTROPY_STAGE
from rlcheck.variants import Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    return picks["entropy"].compute(x)


def _reference(x: Workspace) -> Tensor:
    return losses.entropy_bonus(entropy=x.entropy, ent_coef=x.ent_coef, mask=x.batch.rollout.mask)


def target(truth: Truth) -> Tensor:
    """The gradient of minus the expected entropy, states held fixed."""
    return targets.entropy(truth.pi, truth.visits, truth.settings["ent_coef"])


TERM = Term(stages=("entropy",), compute=_assemble)

ENTROPY_BONUS = Claim(
    id="entropy-bonus",
    promise=PROMISES["entropy-bonus"],
    derivation="ppo/entropy",
    settings={"ent_coef": 1.0},
    varied={"ent_coef": ENTROPY},
    off_policy=False,
    stages=(ENTROPY_STAGE,),
    terms=(TERM,),
    reference=_reference,
    target=target,
    target_continuous=continuous_truth.entropy,
    planted=("entropy", "entropy-negated"),
)
