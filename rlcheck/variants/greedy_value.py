"""Stage `greedy`: what the successor is worth, by its best action; which network says so.

Three methods, three right forms: the network under training (Q-learning), the target network
(DQN), one selects and the other evaluates (double DQN). What is right in one is a fault, or a
choice that has a name, in another.
"""

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _online(x: Workspace) -> Tensor:
    return x.next_q_values.detach().amax(-1)


def _online_with_gradient(x: Workspace) -> Tensor:
    return x.next_q_values.amax(-1)


def _target(x: Workspace) -> Tensor:
    return x.next_target_q_values.amax(-1)


def _at_best_of(evaluates: Tensor, selects: Tensor) -> Tensor:
    return evaluates.gather(-1, selects.argmax(-1, keepdim=True)).squeeze(-1)


def _double(x: Workspace) -> Tensor:
    return _at_best_of(x.next_target_q_values, x.next_q_values)


def _swapped(x: Workspace) -> Tensor:
    return _at_best_of(x.next_q_values.detach(), x.next_target_q_values)


def _swapped_with_gradient(x: Workspace) -> Tensor:
    return _at_best_of(x.next_q_values, x.next_target_q_values)


def _smaller_of_both(x: Workspace) -> Tensor:
    return torch.minimum(_target(x), _online(x))


def _shared(network: str) -> tuple:
    """Faults that are possible with whichever network evaluates, by its name in the workspace."""

    def evaluated(x: Workspace) -> Tensor:
        return getattr(x, network).detach()

    def taken(x: Workspace) -> Tensor:
        return x.taken(evaluated(x))

    def mean(x: Workspace) -> Tensor:
        return evaluated(x).mean(-1)

    def smallest(x: Workspace) -> Tensor:
        return evaluated(x).amin(-1)

    def next_row(x: Workspace) -> Tensor:
        return torch.cat([_here(x, network)[1:], evaluated(x)[-1:]]).amax(-1)

    def own_state(x: Workspace) -> Tensor:
        return _here(x, network).amax(-1)

    return (
        fault("greedy-of-taken-action", "the value there of the action taken before", taken),
        fault("greedy-by-mean", "the mean over actions, not the best one", mean),
        fault("greedy-by-minimum", "the worst action, not the best one", smallest),
        fault("greedy-of-next-row", "the next row's best action, also across a reset", next_row),
        fault(
            "greedy-of-own-state",
            "the best action of the state itself, one step too early",
            own_state,
            "ray-project/ray#5731",
        ),
    )


def _here(x: Workspace, network: str) -> Tensor:
    """The network that evaluates, at the state itself."""
    if network == "next_q_values":
        return x.q_values.detach()
    assert x.batch.target_q_fn is not None
    return x.batch.target_q_fn(x.batch.rollout.obs).detach()


_NOT_DETACHED = "gradient flows through the network under training into its own target"

GREEDY_ONLINE = Stage(
    id="greedy",
    right=right("the best action's value by the network under training, held fixed", _online),
    others=(
        fault(
            "target-not-detached",
            _NOT_DETACHED,
            _online_with_gradient,
            "datawhalechina/easy-rl#117",
        ),
        fault(
            "greedy-by-target-network",
            "a target network stands where the network under training is due",
            _target,
        ),
        *_shared("next_q_values"),
    ),
)
"""The best value of the successor, by the network under training."""

GREEDY_TARGET = Stage(
    id="greedy",
    right=right("the best action's value by the target network", _target),
    others=(
        convention(
            "double-q",
            "the network under training selects the action, the target network evaluates it",
            _double,
        ),
        fault(
            "greedy-by-online-network",
            "the network under training stands where the target network is due",
            _online,
            "deeplearning4j/deeplearning4j#8107",
            "abhi1345/deep-q-rank#4",
        ),
        fault("target-not-detached", _NOT_DETACHED, _online_with_gradient),
        fault("double-q-swapped", "the target network selects, the other evaluates", _swapped),
        fault("smaller-of-both", "the smaller of both networks' best values", _smaller_of_both),
        *_shared("next_target_q_values"),
    ),
)
"""The best value of the successor, by the target network."""

GREEDY_DOUBLE = Stage(
    id="greedy",
    right=right(
        "the network under training selects the action, the target network evaluates it", _double
    ),
    others=(
        fault(
            "greedy-by-target-network",
            "the target network selects as well as evaluates: plain DQN",
            _target,
            "higgsfield/RL-Adventure#5",
            "MaximeVandegar/Papers-in-100-Lines-of-Code#21",
            "keon/deep-q-learning#35",
        ),
        fault(
            "greedy-by-online-network",
            "the network under training selects as well as evaluates",
            _online,
        ),
        fault("double-q-swapped", "the target network selects, the other evaluates", _swapped),
        fault("target-not-detached", _NOT_DETACHED, _swapped_with_gradient),
        fault("smaller-of-both", "the smaller of both networks' best values", _smaller_of_both),
        *_shared("next_target_q_values"),
    ),
)
"""The successor valued by one network at the action that the other prefers."""
