"""Stage `adaptation`: how a KL coefficient reacts to the KL that was measured."""

from collections.abc import Callable

import torch
from torch import Tensor

from rlcheck.variants.variant import Stage, Variant, convention, fault, right
from rlcheck.variants.workspace import Workspace


def _rule(low: float, high: float, down: float, up: float) -> Callable[[Workspace], Tensor]:
    """beta * down where kl < target * low, beta * up where kl > target * high."""

    def compute(x: Workspace) -> Tensor:
        factor = down if x.kl < x.kl_target * low else up if x.kl > x.kl_target * high else 1.0
        return torch.tensor(x.kl_coef * factor, dtype=torch.float64)

    return compute


def _fault(name: str, sentence: str, *numbers: float) -> Variant:
    return fault(name, sentence, _rule(*numbers))


_LOW = 1 / 1.5

ADAPTATION = Stage(
    id="adaptation",
    right=right("halved below target/1.5, doubled above 1.5 target", _rule(_LOW, 1.5, 0.5, 2.0)),
    others=(
        convention(
            "rllib-constants",
            "halved below half the target, times 1.5 above twice the target",
            _rule(0.5, 2.0, 0.5, 1.5),
            "ray-project/ray#15698",
        ),
        _fault("adaptation-reversed", "raised when the KL is small", _LOW, 1.5, 2.0, 0.5),
        _fault("no-dead-zone", "one threshold, the target itself", 1.0, 1.0, 0.5, 2.0),
        _fault("same-threshold", "target/1.5 in both rules", _LOW, _LOW, 0.5, 2.0),
        _fault("never-lowered", "only ever doubled", _LOW, 1.5, 1.0, 2.0),
        _fault("never-raised", "only ever halved", _LOW, 1.5, 0.5, 1.0),
        _fault("threshold-two", "the thresholds are 1/2 and 2", 0.5, 2.0, 0.5, 2.0),
        _fault("factor-1.5", "the factors are 1/1.5 and 1.5", _LOW, 1.5, _LOW, 1.5),
        _fault("wide-below", "lowered only below target/2", 0.5, 1.5, 0.5, 2.0),
    ),
)
"""How beta follows the divergence that the last update caused."""
