"""Text files that people write: read whole, or told why not."""

import tomllib
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError


def read_text(path: Path, what: str) -> str:
    """Read a user's text file; `what` names it in the error.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"cannot read the {what} {path}: {reason}") from None


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """Parse TOML; `name` stands before the error.

    Raises
    ------
    InputError
        If it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not valid TOML: {error}") from None


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a user's TOML file; `what` names it in the error."""
    return parse_toml(read_text(path, what), path.name)
