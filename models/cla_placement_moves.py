"""Placement moves of children looked after: see `outcome.py`."""

from outcome import main

main("cla_placement_moves")
