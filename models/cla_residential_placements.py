"""Residential care placements of children looked after: see `outcome.py`."""

from outcome import fit

fit("cla_residential_placements")
