"""Say in plain words what is wrong with a cell and what to do about it."""

from typing import Final

from pydantic_core import ErrorDetails

_LONGEST_ECHO: Final = 40  # enough of an offending cell to find it by

_WHOLE: Final = "{cell} is not a whole number; write digits only."
_NUMBER: Final = "{cell} is not a number; write digits, with a point for decimals."
_PHRASES: Final = {
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": _WHOLE,
    "decimal_parsing": _NUMBER,
    "finite_number": "{cell} is not a finite number; write the printed number.",
    "greater_than": "{cell} is too small: it must be above {gt}; correct it.",
    "greater_than_equal": "{cell} is too small: it must be at least {ge}; correct it.",
    "less_than_equal": "{cell} is too large: it must be at most {le}; correct it.",
    "literal_error": "{cell} is not known; use one of {expected}.",
    "value_error": "{cell} {error}; correct it.",
}
_OTHERWISE: Final = "{cell} is not written as this column needs it; correct it."


def problem(error: ErrorDetails, cell: str | None) -> str:
    """Return what is wrong with a cell, from pydantic's account of it."""
    if cell is None and error["type"] != "value_error":
        return "the cell is empty; fill it in."
    shown = "the cell" if cell is None else echo(cell)
    return _PHRASES.get(error["type"], _OTHERWISE).format(cell=shown, **error.get("ctx", {}))


def echo(cell: str) -> str:
    """Quote an offending cell, shortened, on one line."""
    short = cell if len(cell) <= _LONGEST_ECHO else cell[: _LONGEST_ECHO - 3] + "..."
    return repr(short)
