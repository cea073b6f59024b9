"""`mp-bayes app`: the planner in a browser."""

import os
from typing import Annotated

import typer

from mp_bayes.commands.interrupts import interruptible
from mp_bayes.commands.terminal import DEFAULT_STUDY, Chosen, console
from mp_bayes.errors import InputError


def app(
    study: Chosen = DEFAULT_STUDY,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 8765,
) -> None:
    """Open the planner in a browser, on this machine alone, until Ctrl-C."""
    # Questions are answered by threads of their own; linear algebra on small matrices needs none.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from waitress import create_server

        from mp_bayes.app import create_app
    except ImportError:
        raise InputError("the planner in a browser needs Flask: install 'mp-bayes[app]'") from None

    made = create_app(study)
    try:
        server = create_server(made, host="127.0.0.1", port=port, threads=8)
    except OSError as error:
        raise InputError(f"--port: {port} cannot be used: {error.strerror}; give another") from None
    console.print(f"Open http://127.0.0.1:{port}/ in a browser; Ctrl-C ends the planner.")
    with interruptible("planner closed"):
        try:
            server.run()
        finally:
            server.close()
            made.extensions["mp_bayes_close"]()
        raise KeyboardInterrupt  # the server swallowed it: nothing else ends it
