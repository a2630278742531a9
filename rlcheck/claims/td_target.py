"""`td-target`: the one-step target of temporal difference learning."""

from torch import Tensor

from rlcheck import estimators
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import ONE_STEP_TARGET, SUCCESSOR, Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    return picks["target"].compute(x, picks["successor"].compute(x)) * x.mask


def _reference(x: Workspace) -> Tensor:
    found = estimators.td_target(
        x.rewards * x.mask, x.next_values * x.mask, x.batch.rollout.terminated, x.gamma
    )
    return found * x.mask


def _target(truth: Truth) -> Tensor:
    assert truth.length is not None
    return targets.expected_td_target(
        truth.world, truth.pi_old, truth.critic, truth.length, truth.segments
    )


TD_TARGET = Claim(
    id="td-target",
    promise=PROMISES["td-target"],
    derivation="values/bootstrapping",
    gives="array",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    reads_ends=True,
    reads_cuts=False,
    off_policy=False,
    trains=(),
    stages=(SUCCESSOR, ONE_STEP_TARGET),
    terms=(Term(stages=("successor", "target"), compute=_assemble),),
    reference=_reference,
    target=_target,
    # Of one step with the exact values behind it, the mean given s and a is Q(s, a).
    target_continuous=continuous_truth.action_value_moments,
    planted=("successor", "own-value"),
)
