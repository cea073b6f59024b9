"""Ctrl-C, also where it is swallowed.

An interrupt raises `KeyboardInterrupt` in whatever runs at that moment. If that is a callback of a
compiler (Numba's calls of LLVM) or a finaliser, Python drops the exception: the job goes on as if
nobody had asked, or fails soon after for want of what the callback should have given.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from mp_bayes.commands.terminal import complain

#: Seconds until a job that has not ended is interrupted again.
_AGAIN = 2.0
_asked = threading.Event()


@contextmanager
def listening() -> Iterator[None]:
    """Interrupt again and again, once Ctrl-C was pressed, until the block has ended."""
    _asked.clear()
    # Where the handler is another's, or Ctrl-C ignored (a shell's background job), it stays so.
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signals = [signal.SIGINT, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])]
    before = {each: signal.signal(each, _interrupt) for each in signals}
    hook, sys.unraisablehook = sys.unraisablehook, _unraisable
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in before.items():
            signal.signal(each, handler)
        sys.unraisablehook = hook


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _asked.set()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    raise KeyboardInterrupt


def _unraisable(dropped: Any) -> None:
    """Print what Python dropped, unless it is the interrupt."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)


@contextmanager
def interruptible(leaves: str) -> Iterator[None]:
    """Say what an interruption leaves behind, whatever error it has become; exit status 2."""
    try:
        yield
    except BaseException as error:
        if not (_asked.is_set() or isinstance(error, KeyboardInterrupt)):
            raise
        complain(f"interrupted; {leaves}")
        raise typer.Exit(2) from None
