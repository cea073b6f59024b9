"""Moments that must not be interrupted."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; processes that start meanwhile ignore it for good."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # An interrupt that was swallowed comes again by the alarm.
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {each: signal.signal(each, signal.SIG_IGN) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
