"""Bridges of `derivations.advantages`: temporal differences, GAE, n-step advantages.

The results are about arbitrary sequences; here those are the rewards and values of one rollout of T
steps, [T, 1], and the critic is wrong wherever the result allows it.
"""

import torch
from torch import Tensor

from derivations import advantages as chapter
from derivations.language.terms import gamma, lam
from rlcheck import estimators, exact
from rlcheck.bridge.batches import table
from rlcheck.bridge.case import Case, Tables
from rlcheck.bridge.chapters.common import forever_value_floor
from rlcheck.bridge.form import Bridge, Route

LAMBDA = 0.75
"""Any λ inside (0, 1) that is exact in binary."""


def _deltas(case: Case) -> Tables:
    return {"delta": case.arbitrary(case.steps, of="delta")}


def _sequences(case: Case) -> Tables:
    """r_0 ... r_{T−1} and v_0 ... v_T: the last value is one of a rollout that was cut off."""
    return {
        "r": case.arbitrary(case.steps, of="rewards"),
        "v": case.arbitrary(case.steps + 1, of="values"),
    }


def _critic(case: Case) -> Tables:
    return {"v": case.arbitrary(case.states, of="critic")}


def _columns(case: Case) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """rewards, values and next values [T, 1], and no end anywhere."""
    sequences = _sequences(case)
    values = sequences["v"][:, None]
    return (
        sequences["r"][:, None],
        values[:-1],
        values[1:],
        torch.zeros(case.steps, 1, dtype=torch.bool),
    )


def _gae_of_deltas(case: Case) -> Tensor:
    """With a critic of zero the temporal difference is the reward."""
    deltas = _deltas(case)["delta"][:, None]
    nothing, ends = torch.zeros_like(deltas), torch.zeros_like(deltas, dtype=torch.bool)
    discount = case.world.gamma
    return estimators.gae(deltas, nothing, nothing, ends, ends, discount, LAMBDA)[:, 0]


def _gae_lambda_one(case: Case) -> Tensor:
    rewards, values, following, ends = _columns(case)
    discount = case.world.gamma
    return estimators.gae(rewards, values, following, ends, ends, discount, 1.0)[:, 0]


def _return_minus_value(case: Case) -> Tensor:
    rewards, values, following, ends = _columns(case)
    returns = estimators.bootstrapped_returns(rewards, following, ends, ends, case.world.gamma)
    return (returns - values)[:, 0]


def _n_step(case: Case) -> Tensor:
    """For every t, and for every n from 1 to T − t."""
    rewards, values, following, ends = _columns(case)
    by_count = torch.stack(
        [
            (
                estimators.n_step_returns(rewards, following, ends, ends, case.world.gamma, n)
                - values
            )[:, 0]
            for n in range(1, case.steps + 1)
        ],
        dim=1,
    )
    return torch.cat([by_count[t, : case.steps - t] for t in range(case.steps)])


def _mean_td_error(case: Case, values: Tensor) -> Tensor:
    """E[δ | s, a], over the next state, by the estimator."""
    world = case.forever
    shape = world.transitions.shape
    here, following = values[:, None, None].expand(shape), values.expand(shape)
    ends = torch.zeros(shape, dtype=torch.bool)
    errors = estimators.td_errors(world.rewards, here, following, ends, world.gamma)
    return (world.transitions * errors).sum(-1)


def _td_advantage(case: Case) -> Tensor:
    pi = table(case, case.policy)
    return _mean_td_error(case, exact.state_values(case.forever, pi)).flatten()


def _advantages(case: Case) -> Tensor:
    return exact.advantages(case.forever, table(case, case.policy)).flatten()


def _td_bias(case: Case) -> Tensor:
    wrong = _mean_td_error(case, _critic(case)["v"])
    return (wrong - exact.advantages(case.forever, table(case, case.policy))).flatten()


def _gamma_forever(case: Case):
    return {gamma: case.forever.gamma}


GAE = Route(code=("rlcheck.estimators.gae",), compute=_gae_of_deltas)

BRIDGES = (
    *(
        Bridge(result=result, tables=_deltas, constants=lambda case: {lam: LAMBDA}, routes=(GAE,))
        for result in (chapter.RIGHT_FORM, chapter.RECURSION, chapter.LAMBDA_MEAN)
    ),
    Bridge(
        result=chapter.LAMBDA_ONE,
        tables=_sequences,
        routes=(
            Route(code=("rlcheck.estimators.gae",), compute=_gae_lambda_one),
            Route(code=("rlcheck.estimators.bootstrapped_returns",), compute=_return_minus_value),
        ),
    ),
    Bridge(
        result=chapter.N_STEP_ADVANTAGE,
        tables=_sequences,
        routes=(Route(code=("rlcheck.estimators.n_step_returns",), compute=_n_step),),
    ),
    Bridge(
        result=chapter.TD_UNBIASED,
        constants=_gamma_forever,
        routes=(
            Route(
                code=("rlcheck.estimators.td_errors",),
                compute=_td_advantage,
                floor=forever_value_floor,
            ),
            Route(
                code=("rlcheck.exact.advantages",),
                compute=_advantages,
                floor=forever_value_floor,
            ),
        ),
    ),
    Bridge(
        result=chapter.TD_BIAS,
        constants=_gamma_forever,
        tables=_critic,
        routes=(
            Route(
                code=("rlcheck.estimators.td_errors", "rlcheck.exact.advantages"),
                compute=_td_bias,
                floor=forever_value_floor,
            ),
        ),
    ),
)
