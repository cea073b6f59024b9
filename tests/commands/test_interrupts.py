"""Ctrl-C ends a job also where the first interrupt is swallowed."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

SWALLOWED = """
import os, signal, sys, time, weakref
from mp_bayes.commands.interrupts import interruptible, listening
import typer

class Thing: ...

def press(_reference):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)

try:
    with listening(), interruptible("nothing was written"):
        thing = Thing()
        reference = weakref.ref(thing, press)
        del thing  # what a weak reference's callback raises is dropped
        print("swallowed", flush=True)
        {then}
except typer.Exit as ended:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    sys.exit(ended.exit_code)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize("then", ["time.sleep(60)", "raise RuntimeError('no compiled object yet')"])
def test_a_swallowed_interrupt_ends_the_job_all_the_same(then):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SWALLOWED.format(then=then))],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        # A shell's background jobs are started with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert done.stdout == "swallowed\n"
    assert done.returncode == 2
    assert done.stderr == "mp-bayes: interrupted; nothing was written\n"


def test_an_error_without_an_interrupt_stays_an_error():
    from mp_bayes.commands.interrupts import interruptible, listening

    with pytest.raises(RuntimeError, match="mine"), listening(), interruptible("nothing"):
        raise RuntimeError("mine")
