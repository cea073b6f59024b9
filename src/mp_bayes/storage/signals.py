"""Moments that must not be interrupted."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: Those that ask to end, and the alarm by which one comes again that was swallowed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")
SIGNALS = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; processes that start meanwhile ignore it for good."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, signal.SIG_IGN) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
