"""The entry point: `mp-bayes`, or `python -m mp_bayes`."""

import signal

# Seconds that libraries have to tidy up after an interruption.
_PATIENCE = 2.0


def main() -> None:
    """Run the command line."""
    # Until that can say what an interruption leaves behind, there is nothing to leave.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mp_bayes.commands.main import SIGNALLED, main

    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, int) and ended.code > SIGNALLED:
            _leave(ended.code)
        raise


def _leave(status: int) -> None:
    """End at once with a signal's status.

    Python, on its own way out, would end by SIGINT whatever the signal was, if the interruption had
    come while a module was executing text.
    """
    import atexit
    import os
    import sys
    import threading

    sys.stdout.flush()
    sys.stderr.flush()
    # Libraries tidy up, and some would wait for workers, which end when this process is gone.
    tidying = threading.Thread(target=atexit._run_exitfuncs, daemon=True)
    tidying.start()
    tidying.join(_PATIENCE)
    os._exit(status)


if __name__ == "__main__":
    main()
