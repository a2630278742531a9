"""Holds policy-gradient implementations against exact gradients, in seconds and without training.

`import rlcheck` loads neither torch nor numpy: a name is fetched from its module when it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlcheck import strategies as strategies
    from rlcheck.api import assert_consistent as assert_consistent
    from rlcheck.api import check as check
    from rlcheck.claims import Claim as Claim
    from rlcheck.errors import InvalidArgument as InvalidArgument
    from rlcheck.subjects import Subject as Subject
    from rlcheck.testing import parametrize_with_checks as parametrize_with_checks
    from rlcheck.verdict import Outcome as Outcome
    from rlcheck.verdict import Verdict as Verdict
    from rlcheck.worlds import LinearGaussianMDP as LinearGaussianMDP
    from rlcheck.worlds import Rollout as Rollout
    from rlcheck.worlds import TabularMDP as TabularMDP

__version__ = "0.1.0"

_WHERE = {
    "Claim": "rlcheck.claims",
    "InvalidArgument": "rlcheck.errors",
    "LinearGaussianMDP": "rlcheck.worlds",
    "Outcome": "rlcheck.verdict",
    "Rollout": "rlcheck.worlds",
    "Subject": "rlcheck.subjects",
    "TabularMDP": "rlcheck.worlds",
    "Verdict": "rlcheck.verdict",
    "assert_consistent": "rlcheck.api",
    "check": "rlcheck.api",
    "parametrize_with_checks": "rlcheck.testing",
}

_SUBMODULES = frozenset({"strategies"})

__all__ = [
    "Claim",
    "InvalidArgument",
    "LinearGaussianMDP",
    "Outcome",
    "Rollout",
    "Subject",
    "TabularMDP",
    "Verdict",
    "__version__",
    "assert_consistent",
    "check",
    "parametrize_with_checks",
    "strategies",
]


def __getattr__(name: str) -> Any:
    """Fetches a public name from its module the first time it is asked for (PEP 562)."""
    if name in _SUBMODULES:
        return importlib.import_module(f"rlcheck.{name}")
    if name not in _WHERE:
        raise AttributeError(f"module 'rlcheck' has no attribute {name!r}")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(__all__) | set(globals()))
