"""`returns`: discounted reward-to-go, bootstrapped where the data end."""

from torch import Tensor

from rlcheck import estimators
from rlcheck.claims import continuous_truth
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim, Picks, Term
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import BOOTSTRAP, Workspace


def _assemble(x: Workspace, picks: Picks) -> Tensor:
    return picks["bootstrap"].compute(x)


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    found = estimators.bootstrapped_returns(
        rewards=x.rewards * x.mask,
        next_values=x.next_values * x.mask,
        terminated=rollout.terminated,
        truncated=rollout.truncated,
        gamma=x.gamma,
    )
    return found * x.mask


def _target(truth: Truth) -> Tensor:
    assert truth.length is not None
    return targets.expected_returns(
        truth.world, truth.pi_old, truth.critic, truth.length, truth.segments
    )


RETURNS = Claim(
    id="returns",
    promise=PROMISES["returns"],
    derivation="values/bootstrapped-returns",
    gives="array",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    reads_ends=True,
    off_policy=False,
    trains=(),
    stages=(BOOTSTRAP,),
    terms=(Term(stages=("bootstrap",), compute=_assemble),),
    reference=_reference,
    target=_target,
    target_continuous=continuous_truth.action_value_moments,
    planted=("bootstrap", "flags-read-early"),
)
