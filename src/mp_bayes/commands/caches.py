"""Places for what compilers keep, where neither the package nor the home may be written to."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import mp_bayes


def provide_caches() -> None:
    """Tell Numba, PyTensor and Matplotlib of a folder for this run, if they have none.

    Not one that stays: compiled code in a shared temporary folder could be somebody else's.
    """
    home = _writable(Path("~").expanduser())
    package = _writable(Path(mp_bayes.__file__).parent / "inference" / "laplace")
    wanted = {
        "NUMBA_CACHE_DIR": not (home or package),
        "PYTENSOR_FLAGS": not home,
        "MPLCONFIGDIR": not home,
    }
    missing = [name for name, needed in wanted.items() if needed and name not in os.environ]
    if not missing:
        return
    folder = tempfile.mkdtemp(prefix="mp-bayes-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in missing:
        flag = "base_compiledir=" if name == "PYTENSOR_FLAGS" else ""
        os.environ[name] = f"{flag}{folder}"


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)
