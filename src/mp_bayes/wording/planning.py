"""How a planning study's designs, methods and answers are said, on figures and on the page."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.simulate.performance import share_interval
from mp_bayes.wording.numbers import counted

Facts = Mapping[str, Any]

SOURCE = "Source: simulation by mp_bayes"
#: Kind and width of every interval of a planning study.
MONTE_CARLO = "95% Monte Carlo interval"
#: Half-width of it in standard errors.
HALF_WIDTH = 1.959964

_METHODS = {
    "did_linear": "Plain DiD (linear)",
    "did_log": "Plain DiD (log scale)",
    "did_logit": "Plain DiD (logit)",
    "shock_aware": "Shock-aware DiD",
    "donald_lang": "Donald and Lang's t test",
    "conley_taber": "Conley and Taber's test",
    "ferman_pinto": "Ferman and Pinto's test",
    "permutation": "Permutation of boroughs",
    "none": "Bayes, no shocks",
    "within-study": "Bayes, within-study prior",
    "national": "Bayes, national prior",
}
_STRUCTURES = {"constant": "immediate effect", "embedding": "embedding estimated"}


def measure(facts: Facts) -> str:
    """Return what the chance of success is called: `power` where the effect is fixed."""
    return "power" if facts["effect_sd"] == 0 else "assurance"


def target(facts: Facts) -> str:
    """Return the target as a percentage."""
    return f"{100 * facts['target']:.3g}%"


def plural(noun: str, count: float) -> str:
    """Write a noun in the number that a count asks for."""
    return noun if count == 1 else f"{noun}s"


def years(count: float) -> str:
    """Write a number of years."""
    return f"{count:g} {plural('year', count)}"


def boroughs(count: int) -> str:
    """Write a number of comparison boroughs."""
    return f"{count} {plural('comparison borough', count)}"


def lag(half_life: float) -> str:
    """Say how quickly the effect embeds."""
    return "embedded at once" if half_life == 0 else f"half-life {years(half_life)}"


def method_labels(methods: Iterable[str]) -> dict[str, str]:
    """Return what people call each method; its effect structure only where two would be alike."""
    methods = list(dict.fromkeys(methods))
    plain = {name: f"{_METHODS.get(_part(name, 0), name)}{_prior(name)}" for name in methods}
    alike = [label for label in plain.values() if list(plain.values()).count(label) > 1]
    return {name: f"{plain[name]}{_suffix(name, plain[name] in alike)}" for name in methods}


def _part(method: str, place: int) -> str:
    """Return a part of a method's name: shock prior, effect structure, analysis prior."""
    return [*method.split("/"), "", ""][place]


def _prior(method: str) -> str:
    prior = _part(method, 2)
    words = "flat effect prior" if prior == "flat" else f"effect prior {prior.replace('sd', 'SD')}"
    return f", {words}" if prior else ""


def _suffix(name: str, needed: bool) -> str:
    structure = _part(name, 1)
    return f", {_STRUCTURES.get(structure, structure)}" if needed and structure else ""


def needed_years(rows: pd.DataFrame, *, noun: str = "year") -> str:
    """Say how many years some designs need: `4 to 7 years, or not within 10`.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of `years_needed`.
    noun : str
        What is counted, in the singular.
    """
    known, last = rows["years_needed"].dropna(), float(rows["max_post_years"].max())
    if known.empty:
        return f"not within {last:g} {plural(noun, last)}"
    low, high = known.min(), known.max()
    span = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    text = f"{span} {plural(noun, high)}"
    return text if len(known) == len(rows) else f"{text}, or not within {last:g}"


def answer(table: pd.DataFrame, facts: Facts) -> str:
    """Return the main message on the years that are needed, without a full stop."""
    goal = f"{target(facts)} {measure(facts)}"
    missing, last = int(table["years_needed"].isna().sum()), float(table["max_post_years"].max())
    noun = "post-intervention year"
    if missing == len(table):
        return f"{goal} is not reached within {last:g} {plural(noun, last)}"
    reached = table[table["years_needed"].notna()]
    text = f"{goal} needs {needed_years(reached, noun=noun)}"
    if missing == 0:
        return text
    return f"{text}, and is not reached within {last:g} in {missing} of {len(table)} designs"


def by_boroughs(table: pd.DataFrame) -> str:
    """Say what each number of comparison boroughs needs, in one sentence."""
    parts = [
        f"with {boroughs(int(str(count)))}, {needed_years(rows)}"
        for count, rows in table.groupby("comparison_boroughs")
    ]
    return f"{capital('; '.join(parts))}."


def capital(text: str) -> str:
    """Begin a text with a capital, and leave the rest of it alone."""
    return f"{text[:1].upper()}{text[1:]}"


def with_interval(table: pd.DataFrame, value: str, *, scale: float = 100.0) -> pd.DataFrame:
    """Add `lower` and `upper` of the Monte Carlo interval, all in the units of the axis.

    Parameters
    ----------
    table : pandas.DataFrame
        With the value and its `_mcse`.
    value : str
        A column; a share if `scale` is 100, which has Wilson's interval: within 0 and 100.
    scale : float
    """
    middle, error = table[value].to_numpy(), table[f"{value}_mcse"].to_numpy()
    half = HALF_WIDTH * error
    ends = np.stack([middle - half, middle + half], axis=-1)
    if scale == 100:
        pairs = zip(middle, error, strict=True)
        ends = np.array([share_interval(*pair) for pair in pairs]).reshape(-1, 2)
    return table.drop(columns=f"{value}_mcse").assign(
        **{value: scale * middle}, lower=scale * ends[:, 0], upper=scale * ends[:, 1]
    )


def simulated(share: float, error: float) -> str:
    """Write a share that was simulated, from its standard error, with its interval."""
    lower, upper = share_interval(share, error)
    return f"{counted(share)} ({MONTE_CARLO} {100 * lower:.0f} to {100 * upper:.0f}%)"


def rate(row: Mapping[Any, Any]) -> str:
    """Write a share in percent that has its interval beside it."""
    return f"{counted(row['claim_rate'] / 100)} ({row['lower']:.0f}% to {row['upper']:.0f}%)"
