"""`q-learning`: one network, which is its own target."""

from torch import Tensor

from rlcheck import estimators, losses
from rlcheck.claims._action_values import TERM
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    GREEDY_ONLINE,
    HALF_SQUARED_ERROR,
    MEAN_OVER_STEPS,
    ONE_STEP_TARGET,
    PREDICTION,
    Workspace,
)


def _reference(x: Workspace) -> Tensor:
    rollout = x.batch.rollout
    target = estimators.q_learning_target(
        x.rewards, x.next_q_values.detach(), rollout.terminated, x.gamma
    )
    return losses.q_learning(x.q_values, rollout.actions, target, rollout.mask)


def _target(truth: Truth) -> Tensor:
    assert truth.q_values is not None
    greedy = truth.q_values.detach().max(dim=1).values
    return targets.action_value_error(
        truth.world, truth.q_values, greedy, truth.visits, coefficient=0.5
    )


Q_LEARNING = Claim(
    id="q-learning",
    promise=PROMISES["q-learning"],
    derivation="q-learning/greedy-target",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    reads_ends=True,
    reads_cuts=False,
    off_policy=False,
    trains=("q_fn",),
    stages=(GREEDY_ONLINE, ONE_STEP_TARGET, PREDICTION, HALF_SQUARED_ERROR, MEAN_OVER_STEPS),
    terms=(TERM,),
    reference=_reference,
    target=_target,
    planted=("greedy", "target-not-detached"),
)
