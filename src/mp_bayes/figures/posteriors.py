"""Read the draws that a results folder keeps."""

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from mp_bayes.errors import InputError

Floats = NDArray[np.float64]


def has_posterior(folder: Path, outcome: str, effect: str) -> bool:
    """Tell whether the national fit's posterior is in the folder."""
    return _path(folder, outcome, effect).is_file()


def _path(folder: Path, outcome: str, effect: str) -> Path:
    return folder / "posteriors" / f"{outcome}__national__{effect}.nc"


def draws(folder: Path, outcome: str, effect: str, parameters: list[str]) -> dict[str, Floats]:
    """Return draws of scalar parameters under the national shock prior, chains joined.

    Parameters
    ----------
    folder : Path
        Results folder, with `posteriors/`.
    outcome : str
    effect : {"yearly", "embedding"}
    parameters : list of str

    Raises
    ------
    InputError
        If there is no such posterior.
    """
    path = _path(folder, outcome, effect)
    try:
        # This group alone: reading the whole tree takes ten times as long.
        with xr.open_dataset(path, group="posterior", engine="h5netcdf") as posterior:
            return {
                name: np.asarray(posterior[name].to_numpy(), dtype=float).ravel()
                for name in parameters
            }
    except OSError:
        raise InputError(
            f"cannot read {path}: this figure needs the posteriors that `mp-bayes run` writes"
        ) from None
