"""Being told to stop: by Ctrl-C, by another program, or by a terminal that goes away.

A signal raises an exception in whatever runs at that moment. If that is a callback of a compiler
(Numba's calls of LLVM) or a finaliser, Python drops the exception: the job goes on as if nobody had
asked, or fails soon after for want of what the callback should have given. So it is raised again
and again until the job has ended, and whatever error it has become is told as an interruption.
"""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from mp_bayes.storage.signals import SIGNALS

#: Seconds until a job that has not ended is interrupted again.
_AGAIN = 2.0
#: Added to a signal's number for the exit status, as shells do: 130 is Ctrl-C, 143 SIGTERM.
SIGNALLED = 128
# The first signal that was caught.
_caught: list[int] = []


@contextmanager
def listening() -> Iterator[None]:
    """End the block when a signal asks for it, again and again until it has ended."""
    _caught.clear()
    # Where the handler is another's, or the signal ignored (a shell's background job), it stays so.
    usual = (signal.default_int_handler, signal.SIG_DFL)
    ours = [each for each in SIGNALS if signal.getsignal(each) in usual]
    before = {each: signal.signal(each, _interrupt) for each in ours}
    hook, sys.unraisablehook = sys.unraisablehook, _unraisable
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in before.items():
            # After one signal the process ends: another would only interrupt what it says.
            signal.signal(each, signal.SIG_IGN if _caught else handler)
        sys.unraisablehook = hook


def _interrupt(number: int, _frame: FrameType | None) -> None:
    if _caught and number != getattr(signal, "SIGALRM", None):
        return  # pressed twice: it is ending already
    _caught.append(number)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    raise KeyboardInterrupt


def _unraisable(dropped: Any) -> None:
    """Print what Python dropped, unless it is the interrupt."""
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)


class Interrupted(Exception):
    """A job was asked to end, which is no error; says what it leaves behind."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.status = SIGNALLED + (_caught[0] if _caught else signal.SIGINT)


@contextmanager
def interruptible(told: str | Callable[[], str]) -> Iterator[None]:
    """Turn an interruption, whatever error it has become, into `Interrupted`.

    Parameters
    ----------
    told : str or callable
        What is said then; a callable looks first at what there is.
    """
    try:
        yield
    except Interrupted:
        raise
    except BaseException as error:
        if _caught or isinstance(error, KeyboardInterrupt):
            raise Interrupted(told if isinstance(told, str) else told()) from None
        raise
