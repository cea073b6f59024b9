"""Names that people type: forgiven for capitals, accents and hyphens, or told what there is."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

from mp_bayes.errors import InputError

#: More names than so many are not listed in a message.
_LISTED = 20
_NEAR = 0.6
# Of a name that is not known, so much is compared.
_LONGEST = 80


def plain(name: str) -> str:
    """Return a name without what people write in several ways: capitals, accents, hyphens, &."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", kept.replace("&", " and ").replace("'", "")))


def find(what: str, given: str, known: Iterable[str], *, more: str = "") -> str:
    """Return which of the known names is meant.

    Parameters
    ----------
    what : str
        What it is a name of, as `outcome`.
    given : str
        As it was typed.
    known : iterable of str
    more : str
        Where they are listed, if they are many; or what may be given instead.

    Raises
    ------
    InputError
        If none is; the message has the nearest, and all unless they are many.
    """
    names = list(known)
    same = [name for name in names if plain(name) == plain(given)]
    if given not in names and len(same) == 1:
        return same[0]
    check(what, given, names, more=more)
    return given


def check(what: str, given: str, known: Iterable[str], *, more: str = "") -> None:
    """Refuse a name that is none of the known ones, to the letter; as `find` otherwise."""
    names = list(known)
    if given not in names:
        raise InputError(f"unknown {what} '{given}': {instead(given, names, more=more)}")


def instead(given: str, known: Iterable[str], *, more: str = "") -> str:
    """Say which names there are, and first those near to one that is not among them."""
    names = list(known)
    short = plain(given)[:_LONGEST]
    by_plain = {plain(name): name for name in names}
    near = difflib.get_close_matches(short, by_plain, n=3, cutoff=_NEAR) if short else []
    # Hull is Kingston upon Hull.
    near += [
        one
        for one in by_plain
        if one not in near and short and difflib.get_close_matches(short, one.split(), 1, 0.8)
    ]
    hint = f"did you mean {' or '.join(by_plain[one] for one in near[:3])}? " if near else ""
    if len(names) > _LISTED:
        return f"{hint}{more}"
    verb = "Choose" if hint else "choose"
    return f"{hint}{verb} one of {', '.join([*names, more] if more else names)}"
