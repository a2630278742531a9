"""`dqn-loss` and `double-dqn-loss`: a target network evaluates the successor."""

from dataclasses import replace

from torch import Tensor

from rlcheck import estimators, losses
from rlcheck.claims._action_values import TERM
from rlcheck.claims._shared import GAMMA
from rlcheck.claims.claim import Claim
from rlcheck.claims.truth import Truth
from rlcheck.exact import targets
from rlcheck.promises import PROMISES
from rlcheck.variants import (
    GREEDY_DOUBLE,
    GREEDY_TARGET,
    MEAN_OVER_STEPS,
    ONE_STEP_TARGET,
    PREDICTION,
    SQUARED_ERROR,
    Workspace,
)


def _loss(x: Workspace, target: Tensor) -> Tensor:
    rollout = x.batch.rollout
    return losses.dqn_loss(x.q_values, rollout.actions, target, rollout.mask)


def _reference(x: Workspace) -> Tensor:
    terminated = x.batch.rollout.terminated
    target = estimators.q_learning_target(x.rewards, x.next_target_q_values, terminated, x.gamma)
    return _loss(x, target)


def _double_reference(x: Workspace) -> Tensor:
    target = estimators.double_q_target(
        x.rewards, x.next_q_values, x.next_target_q_values, x.batch.rollout.terminated, x.gamma
    )
    return _loss(x, target)


def _potential(truth: Truth, greedy: Tensor) -> Tensor:
    assert truth.q_values is not None
    return targets.action_value_error(
        truth.world, truth.q_values, greedy, truth.visits, coefficient=1.0
    )


def _target(truth: Truth) -> Tensor:
    assert truth.target_q_values is not None
    return _potential(truth, truth.target_q_values.max(dim=1).values)


def _double_target(truth: Truth) -> Tensor:
    assert truth.q_values is not None
    assert truth.target_q_values is not None
    best = truth.q_values.detach().max(dim=1).indices
    return _potential(truth, truth.target_q_values[range(len(best)), best])


DQN_LOSS = Claim(
    id="dqn-loss",
    promise=PROMISES["dqn-loss"],
    derivation="q-learning/greedy-target",
    settings={"gamma": GAMMA[0]},
    varied={"gamma": GAMMA},
    reads_ends=True,
    reads_cuts=False,
    off_policy=False,
    trains=("q_fn",),
    freezes=("target_q_fn",),
    stages=(GREEDY_TARGET, ONE_STEP_TARGET, PREDICTION, SQUARED_ERROR, MEAN_OVER_STEPS),
    terms=(TERM,),
    reference=_reference,
    target=_target,
    planted=("greedy", "greedy-by-online-network"),
)

DOUBLE_DQN_LOSS = replace(
    DQN_LOSS,
    id="double-dqn-loss",
    promise=PROMISES["double-dqn-loss"],
    stages=(GREEDY_DOUBLE, *DQN_LOSS.stages[1:]),
    reference=_double_reference,
    target=_double_target,
    planted=("greedy", "greedy-by-target-network"),
)
