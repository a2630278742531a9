"""`value-loss`: the squared error of the value function."""

from torch import Tensor

from rlcheck import losses
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import CLIP, VALUE
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import VALUE as VALUE_STAGE
from rlcheck.variants import Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    return picks["value"].compute(x)


def _reference(x: Workspace) -> Tensor:
    return losses.value_loss(
        values_new=x.values_new, returns=x.returns, vf_coef=x.vf_coef, mask=x.batch.rollout.mask
    )


def target(truth: Truth) -> Tensor:
    """The expected gradient of the squared error towards unbiased returns."""
    return targets.squared_error(
        truth.world, truth.values, truth.state_values, truth.visits, truth.settings["vf_coef"]
    )


TERM = Term(stages=("value",), compute=_assemble)

VALUE_LOSS = Claim(
    id="value-loss",
    promise=PROMISES["value-loss"],
    derivation="values/regression",
    settings={"vf_coef": 1.0, "clip_eps": CLIP[0]},
    varied={"vf_coef": VALUE, "clip_eps": CLIP},
    trains=("value_fn",),
    off_policy=False,
    stages=(VALUE_STAGE,),
    terms=(TERM,),
    reference=_reference,
    target=target,
    target_continuous=continuous_truth.squared_error,
    planted=("value", "value-outer-product"),
)
