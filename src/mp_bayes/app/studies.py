"""The study that is served, and those that were uploaded, in a temporary folder."""

import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError
from mp_bayes.priors import Priors, load_priors
from mp_bayes.studies.read import read_study, shipped
from mp_bayes.studies.study import Study

#: Files of an uploaded study.
FILES = ("study.toml", "counts.csv")
_MOST = 50


@dataclass(frozen=True)
class Kept:
    """A study, its priors, and where the command finds it."""

    study: Study
    priors: Priors
    place: str


def _read(place: str) -> Kept:
    study = read_study(place)
    return Kept(study, load_priors(study), place)


class Studies:
    """Studies by the word that links know them by; the served one's is empty."""

    def __init__(self, served: str) -> None:
        place = served if served in shipped() else str(Path(served).resolve())
        self._served = _read(place)
        self._folder = Path(tempfile.mkdtemp(prefix="mp-bayes-studies-"))
        self._uploaded: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, token: str) -> Kept:
        """Return a study.

        Raises
        ------
        InputError
            If there is none of that name, any more.
        """
        if not token:
            return self._served
        with self._lock:
            if token not in self._uploaded:
                raise InputError("the study of this link is not here any more; upload it again")
            return self._uploaded[token]

    def add(self, files: Mapping[str, Any]) -> str:
        """Keep an uploaded study; return the word for it.

        Parameters
        ----------
        files : mapping
            Uploads by field; only `FILES` are looked at, and the names that they came with are not.

        Raises
        ------
        InputError
            If a file is missing, or wrong.
        """
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            for name in FILES:
                if name not in files or not files[name].filename:
                    raise InputError(f"upload both files of a study: {' and '.join(FILES)}")
                files[name].save(folder / name)
            kept = _read(str(folder))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with self._lock:
            self._uploaded[folder.name] = kept
            gone = [
                self._uploaded.popitem(last=False)
                for _ in self._uploaded
                if len(self._uploaded) > _MOST
            ]
        for name, _ in gone:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        return folder.name

    def close(self) -> None:
        """Remove what was uploaded."""
        shutil.rmtree(self._folder, ignore_errors=True)
