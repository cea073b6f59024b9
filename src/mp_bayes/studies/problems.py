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


_WHOLE_NUMBER: Final = "must be a whole number"
_A_NUMBER: Final = "must be a number"
_TEXT: Final = "must be text, in quotes"
_YES: Final = "must be true or false"
_TABLE: Final = "must be a section, or a table in braces"
_LIST: Final = "must be a list, in square brackets"
_UNKNOWN: Final = "is not a field that there is"
_MUST: Final = {
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_parsing": _A_NUMBER,
    "float_type": _A_NUMBER,
    "finite_number": "must be a finite number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "bool_type": _YES,
    "bool_parsing": _YES,
    "string_type": _TEXT,
    "string_too_short": "must have at least {min_length} letters",
    "string_too_long": "must have at most {max_length} letters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "dataclass_type": _TABLE,
    "missing": "is missing",
    "extra_forbidden": _UNKNOWN,
    "unexpected_keyword_argument": _UNKNOWN,
    "value_error": "{error}",
}


def demand(error: ErrorDetails) -> str:
    """Return what a field or an option must be, from pydantic's account of why it is not."""
    words = _MUST.get(error["type"], "is not written as it should be")
    # A bound of 0.0 is written 0.
    limits = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in error.get("ctx", {}).items()
    }
    told = words.format(**limits)
    return told.replace("least 1 letters", "least 1 letter").replace("1 entries", "1 entry")


def echo(cell: str) -> str:
    """Quote an offending cell, shortened, on one line."""
    short = cell if len(cell) <= _LONGEST_ECHO else cell[: _LONGEST_ECHO - 3] + "..."
    return repr(short)
