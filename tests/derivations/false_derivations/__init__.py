"""Whole derivations that are false, such as students write; the engine must refuse each.

Those of the first chapters were written before the engine. Each names the line that is wrong: the
lines before it are right, so that an engine which refuses everything does not pass.
"""

from tests.derivations.false_derivations import (
    actors,
    advantages,
    damping,
    gradients,
    improvement,
    laws,
    penalties,
    surrogates,
)

FALSE_DERIVATIONS = (
    *gradients.FALSE,
    *advantages.FALSE,
    *laws.FALSE,
    *surrogates.FALSE,
    *improvement.FALSE,
    *actors.FALSE,
    *penalties.FALSE,
    *damping.FALSE,
)
