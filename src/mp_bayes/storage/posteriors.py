"""Posteriors as small files, which `arviz.from_netcdf` reads."""

import io
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

# A job's first process, which only starts the others, and commands that save no posterior do
# without xarray.
if TYPE_CHECKING:
    import xarray as xr


def _shortened(values: "xr.DataArray") -> "xr.DataArray":
    """Cut floats to 12 significant bits (within 5 parts in 10,000): they compress twice as well."""
    if values.dtype != "float64":
        return values
    import numpy as np

    bits = values.astype("float32").to_numpy().view("uint32") & np.uint32(0xFFFFF000)
    return values.copy(data=bits.view("float32"))


def thin(tree: "xr.DataTree", per_chain: int) -> "xr.DataTree":
    """Keep so many draws of each chain, evenly spaced; an attribute says how many there were."""
    import numpy as np

    draws = tree["posterior"].sizes["draw"]
    keep = np.linspace(0, draws - 1, min(per_chain, draws)).round().astype(int)
    kept = tree.copy()
    for name in ("posterior", "sample_stats"):
        if name in kept:  # statistics of weighted draws are of all of them
            kept[name] = tree[name].isel(draw=keep, missing_dims="ignore")
    kept.attrs = {"draws_sampled_per_chain": draws, **tree.attrs}
    return kept


def save_posterior(tree: "xr.DataTree", path: Path, *, per_chain: int = 80) -> None:
    """Write a posterior as NetCDF, thinned, rounded and compressed; `arviz.from_netcdf` reads it.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.reanalysis.analysis.analyse`.
    path : Path
    per_chain : int
        Draws to keep of each chain, evenly spaced.
    """
    import h5netcdf
    import xarray as xr
    from xarray.backends import H5NetCDFStore

    tree = thin(tree, per_chain)
    groups = {"": xr.Dataset(attrs=tree.attrs)}
    for name, node in tree.children.items():
        groups[str(name)] = node.to_dataset().drop_vars("shock", errors="ignore").map(_shortened)
    compress = {"zlib": True, "complevel": 6, "shuffle": True}
    # `to_netcdf` asks Dask for a lock first, and where dask.distributed is installed imports it:
    # more time than the writing takes. In memory, since on a full disk HDF5 fails in its own way.
    content = io.BytesIO()
    with closing(H5NetCDFStore(h5netcdf.File(content, "w"), lock=threading.Lock())) as file:
        for name, group in groups.items():
            store = file.get_child_store(name) if name else file
            group.dump_to_store(store, encoding={one: dict(compress) for one in group})
    path.write_bytes(content.getvalue())
