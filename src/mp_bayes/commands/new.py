"""What `mp-bayes new` writes: a small study that runs at once, to be edited."""

import shutil
import tempfile
from pathlib import Path

from mp_bayes.errors import InputError
from mp_bayes.studies.read import SHIPPED

EXAMPLE = SHIPPED / "example"


def write_study(folder: Path) -> None:
    """Write the example study to a new folder.

    Raises
    ------
    InputError
        If there is something there already, or it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} is there already, and not empty: choose another name")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as staging:
            whole = Path(staging) / "study"
            whole.mkdir()
            for file in ("study.toml", "counts.csv"):
                shutil.copyfile(EXAMPLE / file, whole / file)
            if folder.exists():
                folder.rmdir()  # it is empty
            whole.rename(folder)
    except OSError as error:
        raise InputError(f"cannot write {folder}: {error.strerror}; choose another") from None
