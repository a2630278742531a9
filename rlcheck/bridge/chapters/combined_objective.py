"""Bridges of `derivations.combined_objective`: PPO's whole loss, and each of its terms.

One step in the state of which the result speaks; the surrogate has its ratio in the first state, as
in `ppo`, and the critic is a multiple of a probability there: V and π share θ.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from derivations import combined_objective as chapter
from derivations.ppo import EPS
from rlcheck import losses
from rlcheck.bridge.batches import gradient_by_weights, table
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.form import Bridge, Route
from rlcheck.strategies import SoftmaxPolicy

CLIP = 0.25
"""ε, exact in binary."""
VALUE, ENTROPY = 0.5, 0.375
"""c₁ and c₂, exact in binary."""

Scalar = Callable[[Case, SoftmaxPolicy, int], Tensor]
"""(case, policy, state) -> a number with its graph."""


def _credit(case: Case) -> float:
    return 0.5 + float(case.arbitrary(of="advantage"))


def _target(case: Case) -> float:
    return float(case.arbitrary(of="target"))


def _tables(case: Case) -> Tables:
    """r = π / π_old, and V as a multiple of the same π."""
    scale = 1.5 + case.arbitrary(of="critic").abs()
    ratio = case.within(1 - CLIP, 1 + CLIP, of="ratio")
    return {"r": ratio / table(case, case.policy)[0, 0], "V": scale}


def _constants(case: Case):
    return {
        chapter.A: _credit(case),
        EPS: CLIP,
        chapter.TARGET: _target(case),
        chapter.C_VALUE: VALUE,
        chapter.C_ENTROPY: ENTROPY,
    }


def _entropy(case: Case, policy: SoftmaxPolicy, state: int) -> Tensor:
    return policy(case.world.observations[state : state + 1]).entropy()


def _values(case: Case, policy: SoftmaxPolicy) -> Tensor:
    """V = c π(a_0 | s_0)."""
    return _tables(case)["V"] * policy(case.world.observations[:1]).probs[:, 0]


def _whole(case: Case, policy: SoftmaxPolicy, state: int) -> Tensor:
    """Minus PPO's loss: what is maximised."""
    logp = policy(case.world.observations[:1]).log_prob(torch.zeros(1, dtype=torch.int64))
    logp_old = -_tables(case)["r"].log()[None]
    return -losses.ppo_loss(
        logp,
        logp_old,
        torch.full((1,), _credit(case), dtype=torch.float64),
        _values(case, policy),
        torch.full((1,), _target(case), dtype=torch.float64),
        _entropy(case, policy, state),
        CLIP,
        VALUE,
        ENTROPY,
    )


def _bonus(case: Case, policy: SoftmaxPolicy, state: int) -> Tensor:
    return -losses.entropy_bonus(_entropy(case, policy, state), 1.0)


def _value_loss(case: Case, policy: SoftmaxPolicy) -> Tensor:
    """c₁ (V − V^targ)²."""
    returns = torch.full((1,), _target(case), dtype=torch.float64)
    return losses.value_loss(_values(case, policy), returns, VALUE)


def _by_state(scalar: Scalar) -> Callable[[Case], Tensor]:
    """∇ of it, for each state."""

    def compute(case: Case) -> Tensor:
        return torch.stack(
            [
                gradient_by_weights(case, lambda policy, s=s: scalar(case, policy, s))
                for s in range(case.states)
            ]
        )

    return compute


def _along_value_term(case: Case) -> Tensor:
    """∇(V − V^targ)² by autograd alone, times a step down c₁ of the loss, by parameter."""
    target = _target(case)
    error = gradient_by_weights(case, lambda policy: (_values(case, policy) - target).square())
    step = -gradient_by_weights(case, lambda policy: _value_loss(case, policy))
    return (error * step)[None]


def _along_entropy_term(case: Case) -> Tensor:
    """∇S by autograd alone, times a step down the bonus, by state and parameter."""
    step = _by_state(
        lambda case, policy, s: -losses.entropy_bonus(_entropy(case, policy, s), ENTROPY)
    )
    return _by_state(_entropy)(case) * step(case)


BONUS = ("rlcheck.losses.entropy_bonus",)

BRIDGES = (
    Bridge(
        result=chapter.OF_ENTROPY,
        routes=(Route(code=BONUS, compute=_by_state(_bonus)),),
    ),
    Bridge(
        result=chapter.COMBINED,
        constants=_constants,
        tables=_tables,
        routes=(Route(code=("rlcheck.losses.ppo_loss",), compute=_by_state(_whole)),),
    ),
    Bridge(
        result=chapter.VALUE_SIGN,
        constants=_constants,
        tables=_tables,
        routes=(
            Route(code=("rlcheck.losses.value_loss",), compute=_along_value_term, sides=(0, 1)),
        ),
    ),
    Bridge(
        result=chapter.ENTROPY_SIGN,
        constants=_constants,
        routes=(Route(code=BONUS, compute=_along_entropy_term, sides=(0, 1)),),
    ),
)
