"""Who was treated, against whom, and when."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

# The command line knows studies, and `--help` does not wait for NumPy.
if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Timing:
    """When each borough's programme began: a scenario, not a footnote.

    Attributes
    ----------
    name : str
        Short name, used in tables.
    label : str
        One line for people, with its source.
    onsets : tuple of float
        Of each treated borough: decimal calendar year at which its practice began to change.
    comparison_onset : float or None
        The same for a programme of the comparison boroughs' own, if they had one.
    """

    name: str
    label: str
    onsets: tuple[float, ...]
    comparison_onset: float | None = None


@dataclass(frozen=True)
class Setting:
    """Who was treated, against whom, from when, and in which years.

    Attributes
    ----------
    name : str
        Short name; outcomes of one study may have different comparisons and onsets.
    treated_boroughs, comparison_boroughs : tuple of str
    onsets : tuple of float
        Start of the programme in each treated borough, as a decimal calendar year.
    bin_start : float
        Where in the calendar year a year-bin begins (0 = 1 January).
    years : tuple of str
        Labels of the year-bins; `2012-13` runs from its start month in 2012 for twelve months.
    reference_year : str
        The year that regressions leave out.
    scenarios : tuple of Timing
        Other dates of onset, beside the study's own.
    cost : float or None
        What the programme cost, in pounds.
    """

    name: str
    treated_boroughs: tuple[str, ...]
    comparison_boroughs: tuple[str, ...]
    onsets: tuple[float, ...]
    bin_start: float
    years: tuple[str, ...]
    reference_year: str
    scenarios: tuple[Timing, ...] = ()
    cost: float | None = None

    @property
    def onset(self) -> float:
        """The earliest onset, as a decimal calendar year."""
        return min(self.onsets)

    @property
    def staggered(self) -> bool:
        """Whether treated boroughs began at different times."""
        return len(set(self.onsets)) > 1

    @property
    def boroughs(self) -> tuple[str, ...]:
        """Treated boroughs first."""
        return (*self.treated_boroughs, *self.comparison_boroughs)

    @property
    def timings(self) -> dict[str, Timing]:
        """The timing scenarios by name; the study's own, `as_published`, comes first."""
        own = Timing("as_published", "Onset as in the study", self.onsets)
        return {timing.name: timing for timing in (own, *self.scenarios)}

    @property
    def bin_starts(self) -> "np.ndarray":
        """Decimal calendar year at which each bin begins, dims (year,)."""
        import numpy as np

        return np.array([int(label[:4]) + self.bin_start for label in self.years])

    @property
    def post(self) -> "np.ndarray":
        """Whether a bin begins at or after the earliest onset, dims (year,)."""
        return self.bin_starts >= self.onset - 1e-9

    @property
    def treated_post(self) -> "np.ndarray":
        """Whether a bin begins at or after each treated borough's onset, dims (treated, year)."""
        import numpy as np

        return self.bin_starts >= np.array(self.onsets)[:, None] - 1e-9

    @property
    def reference(self) -> "np.ndarray":
        """Whether a bin is the reference year, dims (year,)."""
        import numpy as np

        return np.array([label == self.reference_year for label in self.years])
