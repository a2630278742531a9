"""A limit to how long one call of somebody's code may take."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

CALL_SECONDS = 60.0
"""What one call on a few dozen transitions may take."""


class CallTookTooLong(BaseException):
    """Not an `Exception`: code under check that catches those must not catch this."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raises `CallTookTooLong` in the block once the time is up.

    By an alarm signal, so only in the main thread, and where the system has one; elsewhere there
    is no limit. An alarm of somebody else's is left alone.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or not hasattr(signal, "setitimer") or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise CallTookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
