"""Where the command line begins and ends: errors become messages and exit statuses here alone."""

import io
import os
import sys
from concurrent.futures import BrokenExecutor
from typing import Any

from pydantic import ValidationError

from mp_bayes.commands.caches import provide_caches
from mp_bayes.commands.cli import app
from mp_bayes.commands.interrupts import SIGNALLED, Interrupted, interruptible, listening
from mp_bayes.commands.terminal import complain
from mp_bayes.errors import InputError
from mp_bayes.studies.problems import demand, echo

__all__ = ["SIGNALLED", "main"]
#: What Typer returns after Ctrl-C.
INTERRUPTED = 130


def main() -> None:
    """Run the command line; the only place where errors become messages and exit statuses."""
    provide_caches()
    # They may be closed.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a minus sign is no reason to fail
            stream.reconfigure(errors="replace")
    try:
        _readable(sys.argv[1:])
        with interruptible("interrupted; nothing was written"), listening():
            status = app(prog_name="mp-bayes", standalone_mode=False) or 0
            if status == INTERRUPTED:
                raise KeyboardInterrupt
            sys.stdout.flush()
    except Exception as error:
        status = _told(error)
    sys.exit(status)


def _readable(arguments: list[str]) -> None:
    """Refuse names that are not UTF-8: neither tables nor pages can say them."""
    for one in arguments:
        if not one.isascii() and one != one.encode("utf-8", "ignore").decode("utf-8"):
            shown = one.encode("utf-8", "backslashreplace").decode("utf-8")
            raise InputError(f"{shown}: is not UTF-8, as names of files must be here; rename it")


def _told(error: Exception) -> int:
    """Say what is wrong in one line, and return the exit status; raise what nobody foresaw."""
    if isinstance(error, Interrupted):
        complain(str(error))
        return error.status
    if isinstance(error, BrokenPipeError):
        # Whoever read the output has had enough; 128 and the number of SIGPIPE, as shells say.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # until the end
        return 141
    if isinstance(error, BrokenExecutor):
        complain("a worker process was ended from outside (is memory short?); run it again")
    elif isinstance(error, MemoryError):
        complain("there is not enough memory for this; nothing was written")
    elif isinstance(error, InputError):
        complain(str(error))
    elif isinstance(error, OSError):
        complain(f"{error.filename or 'the output'}: {error.strerror or error}")
        if error.filename is None:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    else:
        # Typer's own usage errors (an unknown option, a wrong number) carry a message and a status.
        if not hasattr(error, "exit_code"):
            raise error
        if hasattr(error, "format_message") and error.format_message():
            complain(_usage(error))
        return int(error.exit_code)
    return 2


def _usage(error: Any) -> str:
    """Write a usage error of Typer's: what is wrong, in this project's words, and what to do."""
    if isinstance(error.__cause__, ValidationError):
        first = error.__cause__.errors()[0]
        given = "" if first["type"] == "value_error" else f" (given: {echo(str(first['input']))})"
        error.message = demand(first).rstrip(".") + given
    message = error.format_message()
    if near := sorted(getattr(error, "possibilities", None) or ()):
        message = (
            f"{error.message.replace('option: ', 'option ')}: did you mean {' or '.join(near)}?"
        )
    command = error.ctx.command_path if getattr(error, "ctx", None) else "mp-bayes"
    stop = "" if message.endswith((".", "?")) else "."
    return f"{message}{stop} Try {command} --help"
