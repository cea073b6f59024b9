"""A design of a search in a few words, and a number of it with its digits."""

from collections.abc import Mapping
from typing import Any

from mp_bayes.wording.numbers import decimals_for, number
from mp_bayes.wording.planning import years


def closely(row: Mapping[Any, Any], name: str, *, times: float = 1.0, sign: bool = False) -> str:
    """Write a number of the closed form with the digits that its draws' error allows.

    The error may be half a unit of the last, where elsewhere it is a fifth: designs are worked out
    from the same draws, so they differ by less than each is off, and whole numbers would hide it.
    """
    error = times * row[f"{name}_error"]
    return number(times * row[name], decimals_for(0.4 * error, 1), sign=sign)


def roll_out(row: Mapping[Any, Any]) -> str:
    """Say how treated boroughs begin."""
    if row["stagger"] == 0 or row["wave"] >= row["treated_boroughs"]:
        return "all at once"
    if row["wave"] == -(-row["treated_boroughs"] // 2):
        return f"half {years(row['stagger'])} later"
    often = "a year" if row["stagger"] == 1 else f"every {years(row['stagger'])}"
    return f"{row['wave']:.0f} {often}"


def treated(count: float) -> str:
    """Write a number of treated boroughs."""
    return f"{count:.0f} treated borough{'s' * (count != 1)}"


def design(row: Mapping[Any, Any]) -> str:
    """Describe a design in a few words."""
    count = row["comparison_boroughs"]
    others = f"{count:.0f} comparison borough{'s' * (count != 1)}" if count else "no other borough"
    how = roll_out(row)
    begins = "" if how == "all at once" else f", of which {how} begin,"
    if how.startswith("half"):
        late = row["treated_boroughs"] - row["wave"]
        begins = f", of which {late:.0f} begin {years(row['stagger'])} later,"
    return (
        f"{treated(row['treated_boroughs'])}{begins} and {others}, {years(row['pre_years'])} "
        "before and "
        f"{years(row['post_years'])} after the first onset"
    )
