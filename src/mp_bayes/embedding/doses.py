"""Which borough-years may have which effect, before a model sees data: doses by borough and year.

Shared by the sampled models and the fast posterior, and quick to import.
"""

import numpy as np
import xarray as xr

from mp_bayes.embedding.curves import dose, exposure_nodes, immediate
from mp_bayes.names import check
from mp_bayes.studies.study import CODINGS, EFFECTS, Outcome, Timing

# What is left of a dose of 0 after a quadrature.
TINY = 1e-9


def lay_out(
    outcome: Outcome, *, effect: str, coding: str = "dosed", timing: Timing | None = None
) -> xr.Dataset:
    """Work out which borough-years may have which effect, before a model sees data.

    Parameters
    ----------
    outcome : Outcome
    effect : {"yearly", "constant", "embedding"}
    coding : {"dosed", "published"}
        Of yearly effects. Dosed: every year's effect is its own times the dose that the year would
        have under immediate embedding, so a half exposed year has half an effect. Published: years
        that begin at or after the onset have an effect, and years before it none, as in the
        report's regressions.
    timing : Timing, optional
        Onsets of all treated, and of all comparison boroughs; the setting's own unless given.

    Returns
    -------
    xarray.Dataset
        With dims (borough, year): `treated` and `reference` (1 or 0); `fixed_dose`, the dose where
        it does not depend on parameters; `own_effect`, by which a treated year's departure from
        the mean effect is multiplied; `free_pre_trend`, 1 in treated years without a dose to which
        `sd_pre_trend` applies. With dims (borough, year, node): `dose_node`, years since the onset,
        and `dose_weight`, 0 unless the dose follows the embedding curve.

    Raises
    ------
    InputError
        If `effect` is not one of `EFFECTS`, or `coding` not one of `CODINGS`.

    References
    ----------
    2020 report, Appendix 4, equations (1) and (2): the published coding.
    """
    check("effect structure", effect, EFFECTS)
    check("coding", coding, CODINGS)
    setting = outcome.setting
    starts = setting.bin_starts
    onsets = setting.onsets if timing is None else timing.onsets
    other = None if timing is None else timing.comparison_onset
    rows: dict[tuple[float, float | None], xr.Dataset] = {}
    kinds = [
        *((1.0, onset) for onset in onsets),
        *((0.0, other) for _ in setting.comparison_boroughs),
    ]
    for treated, onset in dict.fromkeys(kinds):
        # A borough without a programme has nodes like the others, but no weight on them.
        present = float(onset is not None)
        since = setting.onset if onset is None else onset
        post = starts >= since - 1e-9
        nodes, weights = exposure_nodes(starts, onset=since, window=outcome.window)
        step = dose(immediate, starts, onset=since, window=outcome.window)
        # By quadrature, a year without exposure may have a dose of 1e-17.
        by_year = treated * (post if coding == "published" else np.where(step > TINY, step, 0.0))
        fixed = {
            "yearly": by_year,
            "constant": step * present,
            "embedding": np.zeros(starts.size),
        }[effect]
        yearly = effect == "yearly"
        before = (by_year == 0) & ~setting.reference
        rows[treated, onset] = xr.Dataset(
            {
                "treated": ("year", np.full(starts.size, treated)),
                "reference": ("year", setting.reference * 1.0),
                "fixed_dose": ("year", fixed),
                "own_effect": ("year", yearly * by_year),
                "free_pre_trend": (
                    "year",
                    yearly * treated * before,
                ),
                "dose_node": (("year", "node"), nodes),
                "dose_weight": (("year", "node"), weights * present * (effect == "embedding")),
            },
            coords={"year": list(setting.years)},
        )
    each = xr.concat(list(rows.values()), "borough")
    places = [list(rows).index(kind) for kind in kinds]
    return each.isel(borough=places).assign_coords(borough=list(setting.boroughs))
