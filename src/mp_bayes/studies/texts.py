"""TOML files that people write: read whole, or told why not."""

import tomllib
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError
from mp_bayes.storage import read_text

#: Bytes; no study or prior file comes near.
_LARGEST = 2**20
#: Parts of a key; the reader's time grows with their square.
_DEEPEST = 100


def read_prose(path: Path, what: str) -> str:
    """Read a text file that somebody has written; `what` names it in the error."""
    return read_text(path, what, largest=_LARGEST)


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Parse TOML; `name` stands before the error.

    Raises
    ------
    InputError
        If it is not TOML.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.partition("=")[0].count(".") > _DEEPEST:
            raise InputError(f"{name}, line {number}: a key of too many parts")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not valid TOML: {error}") from None


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a user's TOML file; `what` names it in the error."""
    return parse_toml(read_prose(path, what), path.name)
