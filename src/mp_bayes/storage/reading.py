"""Reading files that others made: bounded in size and time, and remembered as they were read."""

import hashlib
import os
import stat
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mp_bayes.errors import InputError

#: No file that people write for this project, and no official one, comes near.
LARGEST = 64 * 2**20
#: Seconds that a pipe, as of `<(command)`, may take to give all that it has.
PATIENCE = 15.0
_PIECE = 2**20
# What was read, by path: the hash of every file, and the bytes of pipes, which give them once.
_hashes: dict[Path, str] = {}
_pipes: dict[Path, bytes] = {}


def read_bytes(path: Path, what: str, *, largest: int = LARGEST) -> bytes:
    """Read a file whole; `what` names it in errors.

    Raises
    ------
    InputError
        If it cannot be read, is no file (a folder, a device), is larger than `largest` bytes, or
        is a pipe that does not end.
    """
    if path in _pipes:
        return _pipes[path]
    try:
        # Opened before it is looked at: what is read is what was looked at.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read the {what} {path}: {reason}") from None
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode):
            content = _bounded(partial(os.read, handle), path, what, largest)
        elif stat.S_ISFIFO(mode):
            content = _pipes[path] = _bounded(_patient(handle, path, what), path, what, largest)
        else:
            kind = "a folder" if stat.S_ISDIR(mode) else "a device"
            raise InputError(f"cannot read the {what} {path}: it is {kind}, not a file")
    finally:
        os.close(handle)
    _hashes[path] = hashlib.sha256(content).hexdigest()
    return content


def _bounded(read: Callable[[int], bytes], path: Path, what: str, largest: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                raise InputError(
                    f"the {what} {path} is larger than {largest / 2**20:.0f} MB: is it the right "
                    "file?"
                )
    except OSError as error:
        raise InputError(f"cannot read the {what} {path}: {error.strerror}") from None
    return b"".join(pieces)


def _patient(handle: int, path: Path, what: str) -> Callable[[int], bytes]:
    """Return what reads from a pipe, and gives up on one that does not end."""
    until = time.monotonic() + PATIENCE

    def read(size: int) -> bytes:
        # Without a writer, or after the last one, it is at its end; until then it may hold nothing.
        while True:
            try:
                return os.read(handle, size)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise InputError(
                        f"the {what} {path} is a pipe that did not end within {PATIENCE:.0f} s"
                    ) from None
                time.sleep(0.01)

    return read


def as_read(path: Path) -> str:
    """Return the SHA-256 of a file as it was when it was read; empty if it was not."""
    return _hashes.get(path, "")


def read_text(path: Path, what: str, *, largest: int = LARGEST) -> str:
    """Read a text file whole, with or without a byte-order mark; `what` names it in errors.

    Raises
    ------
    InputError
        As from `read_bytes`, or if it is not UTF-8 text; the message names the line.
    """
    content = read_bytes(path, what, largest=largest)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path.name}, line {line}: is not UTF-8 text; save it with UTF-8 encoding"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{path.name}, line {line}: holds a NUL byte; it is not a text file")
    return text
