"""The job behind `mp-bayes panel inference`, and its part of `panel effects`."""

import pandas as pd
import xarray as xr

from mp_bayes.commands.panel_request import Request
from mp_bayes.errors import InputError
from mp_bayes.panel.effects import BIN_START, authority, label, whole_years
from mp_bayes.panel.inference import (
    before_and_after,
    check_authority,
    complete,
    incomplete,
    inference,
    known_shocks,
    report_scale,
)
from mp_bayes.priors import Priors


def inference_job(
    asked: Request, *, treated: str, onset: float, comparison: str | None
) -> pd.DataFrame:
    """Let every frequentist method answer for one authority; write `inference.csv`.

    Parameters
    ----------
    asked : Request
    treated : str
    onset : float
        Decimal calendar year.
    comparison : str, optional
        One authority to compare with alone; the study's only one unless given.
    """
    data, left_out = asked.read()
    first, last = int(data["year"][0]), int(data["year"][-1])
    if not first - 1 + BIN_START < onset < last + BIN_START:
        raise InputError(
            f"--onset: {onset:g} lies outside the reporting years {label(first)} to {label(last)}"
        )
    data = whole_years(data, onset)
    before_and_after(data, onset=onset, fewest_before=2)
    comparison = None if comparison is None else authority(data, comparison)
    for name in (treated, *([] if comparison is None else [comparison])):
        check_authority(data, name)
    priors = asked.priors
    with asked.results() as staging:
        table = all_answers(
            data, asked, priors, treated=treated, onset=onset, comparison=comparison
        )
        left_out = pd.concat([left_out, incomplete(data)], ignore_index=True)
        asked.write(staging, {"inference": table, "left_out": left_out}, priors=True)
    return table


def all_answers(
    data: xr.Dataset,
    asked: Request,
    priors: Priors,
    *,
    treated: str,
    onset: float,
    comparison: str | None = None,
) -> pd.DataFrame:
    """Answer against all authorities whose years are known, and against one alone.

    The authority that had the programme is none of the others. Columns as of
    `mp_bayes.panel.inference.inference`.

    Raises
    ------
    InputError
        If there is nothing to compare with, or no year on one side of the onset.
    """
    known = complete(data)
    others = [name for name in known if name not in (treated, asked.treated, *asked.others)]
    reported = asked.reported if treated == asked.treated else ""
    one = reported if comparison is None else comparison
    if comparison == treated or not others:
        raise InputError(
            f"--comparison: {treated} cannot be compared with itself"
            if others
            else "no other authority has every year known: choose other --years"
        )
    comparisons = {f"All {len(others)} authorities": others}
    if one in known:
        comparisons[f"{one} alone"] = [one]
    sd_shock, rho = known_shocks(priors, asked.measure)
    return inference(
        data,
        treated=treated,
        comparisons=comparisons,
        onset=onset,
        sd_shock=sd_shock,
        rho=rho,
        design_effect=report_scale(priors, asked.measure),
    )
