"""The one exception for wrong use: what was asked, what was got, what to pass instead."""

from typing import Any

_LONGEST_VALUE = 200


class InvalidArgument(ValueError):
    """An argument to rlcheck that it cannot use.

    A fault of the implementation *under check* is never raised: it is a `Verdict`.
    """

    @classmethod
    def of(cls, name: str, value: Any, problem: str, instead: str) -> "InvalidArgument":
        """Builds the message that every door of rlcheck gives.

        Args:
            name: the argument, as the caller spells it.
            value: what was got; long values are cut.
            problem: what is wrong with it.
            instead: what to pass instead.
        """
        shown = repr(value)
        if len(shown) > _LONGEST_VALUE:
            shown = shown[:_LONGEST_VALUE] + " ..."
        return cls(f"{name}: {problem}\n  got:  {shown}\n  pass: {instead}")
