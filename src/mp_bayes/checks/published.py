"""Numbers that others published of the external cases, each with where it stands."""

from dataclasses import dataclass
from typing import Final

from mp_bayes.checks.trends import LAST, RELATIVE, SMOOTH

NAN: Final = float("nan")
#: Cases, by the files they lie in.
PROFITS, EMPLOYMENT, SMOKING = (
    "benzarti_carloni_2019_profits",
    "lovenheim_willen_2019_female_employment",
    "california_prop99",
)
#: Relative magnitudes without the first stage.
CONDITIONAL = f"{RELATIVE}, conditional test alone"
DID, PERMUTATION = "difference-in-differences", "permutation of difference-in-differences, p value"

_STATSPAI = (
    "HonestDiD 0.2.8 for R, in StatsPAI, tests/reference_parity/_fixtures/honest_did_moments_R.json"
)
_DID_METHODS = "HonestDiD for R, in tkragholm/did_methods, tests/honest_did_rm{}_ref.json"
_STATA = "HonestDiD for R, in mcaceresb/stata-honestdid, test/unit-tests-consistency.R.log"
_MENDEZ = "Mendez 2026, carlos-mendez.org/post/stata_sdid (Stata, regress and sdid)"
_ABADIE = "Abadie, Diamond and Hainmueller 2010, doi:10.1198/jasa.2009.ap08746, abstract"


@dataclass(frozen=True)
class Published:
    """One published answer.

    Attributes
    ----------
    case : str
    effect : str
        Of which period, or the average.
    analysis : str
    value : float
        Of Mbar or M; not a number where there is none.
    lower, upper : float
        95% confidence interval; a single number stands in both; not a number where none is usable.
    tolerance : float
        How far ours may lie from it, for the reason in `why`.
    source, why : str
    same : bool
        Whether ours is the same estimator; if not, no agreement is expected.
    """

    case: str
    effect: str
    analysis: str
    value: float
    lower: float
    upper: float
    tolerance: float
    source: str
    why: str
    same: bool = True


_GRID = "its ends are points of a grid"
_SIMULATED = "its first stage is simulated, its ends are points of a grid"
_COARSE = "its quantile is simulated, its search coarse"
_PRINTED = "printed with three digits; its search is coarse"

#: (effect, Mbar or M, lower, upper). An upper end that is the end of R's grid is left out.
_CONDITIONAL = (
    ("first", 0.5, 0.118889160931495, 0.270824190875899),
    ("first", 1.0, 0.0672312507503984, 0.317924050158664),
    ("average", 0.0, 0.184149669339541, 0.252719795734687),
    ("average", 0.5, 0.0689235806549147, NAN),
    ("average", 1.0, -0.0682166721353771, NAN),
)
_HYBRID = (
    ("first", 0.5, 0.11812948578177346, 0.2715838660256206),
    ("first", 1.0, 0.06723125075039843, 0.3186837253083857),
    ("average", 0.5, 0.06775439808538886, 0.3691913893670205),
    ("average", 1.0, -0.06968617947647976, 0.506631966928889),
)
_FIXED = (
    ("first", 0.0, 0.131411315937022, 0.216169648182799),
    ("first", 0.01, 0.154965267080773, 0.27038453032652),
    ("first", 0.02, 0.177301087900198, 0.315956468194821),
    ("average", 0.0, 0.133193369303247, 0.230362614090703),
    ("average", 0.01, 0.124138265521726, 0.368035364887987),
    ("average", 0.02, 0.113901858858792, 0.476743542104818),
)
_PLAIN = (
    ("first", NAN, 0.15877494280765034, 0.23314729268124126),
    ("average", NAN, 0.1837990234168919, 0.2530055095878689),
)
# With its tolerance: one decimal less is printed where numbers are large.
_EMPLOYMENT = (
    ("first", 0.0, 0.795, 1.76, 0.02),
    ("15", 0.0, 3.91, 8.37, 0.02),
    ("15", 0.005, 2.11, 8.16, 0.02),
    ("15", 0.01, -0.0829, 8.19, 0.02),
    ("15", 0.02, -4.95, 7.51, 0.02),
    ("15", 0.03, -10.6, 5.55, 0.05),
    ("15", 0.04, -14.1, 5.38, 0.05),
)


def _did_methods(effect: str) -> str:
    return _DID_METHODS.format("_avg" if effect == "average" else "")


PUBLISHED: Final = (
    *(
        Published(PROFITS, row[0], LAST, *row[1:], 1e-6, _did_methods(row[0]), "rounding")
        for row in _PLAIN
    ),
    *(
        Published(PROFITS, row[0], RELATIVE, *row[1:], 1e-3, _did_methods(row[0]), _SIMULATED)
        for row in _HYBRID
    ),
    *(
        Published(PROFITS, row[0], CONDITIONAL, *row[1:], 8e-4, _STATSPAI, _GRID)
        for row in _CONDITIONAL
    ),
    *(Published(PROFITS, row[0], SMOOTH, *row[1:], 1e-3, _STATSPAI, _COARSE) for row in _FIXED),
    *(Published(EMPLOYMENT, row[0], SMOOTH, *row[1:], _STATA, _PRINTED) for row in _EMPLOYMENT),
    Published(SMOKING, "average", DID, NAN, -27.34911, -27.34911, 5e-6, _MENDEZ, "rounding"),
    Published(
        SMOKING, "2000", DID, NAN, -26.0, -26.0, NAN, _ABADIE, "a synthetic control", same=False
    ),
    Published(
        SMOKING,
        "average",
        PERMUTATION,
        NAN,
        0.026,
        0.026,
        NAN,
        _MENDEZ,
        "a permutation of synthetic difference-in-differences",
        same=False,
    ),
)
