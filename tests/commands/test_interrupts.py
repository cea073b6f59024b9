"""Ctrl-C ends a job also where the first interrupt is swallowed."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

SWALLOWED = """
import os, signal, sys, time, weakref
from mp_bayes.commands.interrupts import Interrupted, interruptible, listening

class Thing: ...

def press(_reference):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)

try:
    with listening(), interruptible("interrupted; nothing was written"):
        thing = Thing()
        reference = weakref.ref(thing, press)
        del thing  # what a weak reference's callback raises is dropped
        print("swallowed", flush=True)
        {then}
except Interrupted as told:
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # it is about to end
    print(told)
    sys.exit(told.status)
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
    assert done.stdout == "swallowed\ninterrupted; nothing was written\n"
    assert (done.returncode, done.stderr) == (130, "")


def test_an_error_without_an_interrupt_stays_an_error():
    from mp_bayes.commands.interrupts import interruptible, listening

    with pytest.raises(RuntimeError, match="mine"), listening(), interruptible("nothing"):
        raise RuntimeError("mine")
