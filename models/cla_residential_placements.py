"""Residential care placements of children looked after: see `outcome.py`."""

from outcome import main

main("cla_residential_placements")
