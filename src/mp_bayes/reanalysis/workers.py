"""Processes that a job keeps from its first fit to its last figure, so that each imports once."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

from mp_bayes.storage import uninterrupted

#: One process each: what shares a compiled model is given to the same.
Workers = list[ProcessPoolExecutor]


def serve(parent: int) -> None:
    """Begin a worker process: it leaves interrupts to its parent, and ends when that is gone.

    Parameters
    ----------
    parent : int
        The process that gives it work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def cores() -> int:
    """Return how many processors there are."""
    return os.cpu_count() or 1


@contextmanager
def processes(count: int | None = None) -> Iterator[Workers]:
    """Start processes, one a core and at most four unless given; kill them if the job fails."""
    pools = [
        ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=serve, initargs=(os.getpid(),)
        )
        for _ in range(count or min(cores(), 4))
    ]
    try:
        yield pools
    except BaseException:
        for pool in pools:
            for process in list(pool._processes.values()):
                process.kill()
        raise
    finally:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)


def submit(pool: ProcessPoolExecutor, work: Callable[..., Any], *args: Any) -> Future[Any]:
    """Give a process work to do, after what it has already."""
    # A process that is still importing has not reached its initializer.
    with uninterrupted():
        return pool.submit(work, *args)
