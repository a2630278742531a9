"""Listening to a call: what it prints, one seed, one default precision, a limit to its time."""

import contextlib
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from rlcheck.judges.deadline import CALL_SECONDS, CallTookTooLong, deadline
from rlcheck.judges.response import SubjectFailure, describe_error
from rlcheck.subjects.randomness import seeded

_SEED = 20_250_101
_CPU = torch.device("cpu")
# Lent to NumPy's global functions for one call: to swap generators takes a hundredth of the time
# that it takes to save and restore the state of one.
_LENT = np.random.MT19937(_SEED)


@dataclass(kw_only=True)
class Recorder:
    """What a subject printed while it was called, and how often that was.

    Attributes:
        printed: the beginning of it.
        calls: how many calls there were.
        seconds: how long a call may take.
        device: where it draws its random numbers, beside the CPU.
        held_back: clipping of a gradient was held back.
        warnings: what it was warned of.
    """

    printed: str = ""
    calls: int = 0
    seconds: float = CALL_SECONDS
    device: torch.device = _CPU
    held_back: bool = False
    warnings: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Keeps what is printed, and runs in float64 with a fixed seed and one default dtype."""
        out, before = io.StringIO(), torch.get_default_dtype()
        grad = torch.is_grad_enabled()
        pythons = random.getstate()
        torch.set_default_dtype(torch.float64)
        random.seed(_SEED)
        self.calls += 1
        try:
            with (
                seeded(_SEED, self.device),
                _numpys_lent(_SEED),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(out),
                deadline(self.seconds),
                torch.enable_grad(),
            ):
                yield
        # Whatever the user's code raises is a finding; an interrupt is the user's own.
        except (Exception, SystemExit) as error:
            raise SubjectFailure(describe_error(error)) from error
        except CallTookTooLong as error:
            raise SubjectFailure(f"it did not come back within {self.seconds:g} s") from error
        finally:
            torch.set_grad_enabled(grad)
            torch.set_default_dtype(before)
            random.setstate(pythons)
            if len(self.printed) < 4000:
                self.printed += out.getvalue()


@contextlib.contextmanager
def _numpys_lent(seed: int) -> Iterator[None]:
    """Seeds NumPy's global functions, which user code draws from, and leaves them as they were.

    Both calls are public and documented, and absent from NumPy's stubs.
    """
    before = np.random.get_bit_generator()  # pyright: ignore[reportAttributeAccessIssue]
    np.random.set_bit_generator(_LENT)  # pyright: ignore[reportAttributeAccessIssue]
    np.random.seed(seed)  # noqa: NPY002 - as above
    try:
        yield
    finally:
        np.random.set_bit_generator(before)  # pyright: ignore[reportAttributeAccessIssue]
