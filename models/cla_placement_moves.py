"""Placement moves of children looked after: see `outcome.py`."""

from outcome import fit

fit("cla_placement_moves")
