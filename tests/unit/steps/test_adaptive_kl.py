import math

import pytest

from rlcheck.errors import InvalidArgument
from rlcheck.steps import adaptive_kl


@pytest.mark.parametrize("target", [0.01, 0.3])
@pytest.mark.parametrize("kl_coef", [0.0, 0.5, 3.0])
def test_halves_doubles_or_stays(kl_coef: float, target: float) -> None:
    below, above = target / 1.5, 1.5 * target
    assert adaptive_kl(kl_coef, math.nextafter(below, 0.0), target) == kl_coef / 2
    assert adaptive_kl(kl_coef, -target, target) == kl_coef / 2
    for inside in (below, target, above):
        assert adaptive_kl(kl_coef, inside, target) == kl_coef
    assert adaptive_kl(kl_coef, math.nextafter(above, 1.0), target) == 2 * kl_coef


@pytest.mark.parametrize(
    "arguments", [(-1.0, 0.1, 0.1), (1.0, math.nan, 0.1), (1.0, 0.1, 0.0), (math.inf, 0.1, 0.1)]
)
def test_wrong_use_is_refused(arguments: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidArgument):
        adaptive_kl(*arguments)
