"""Escalation to a protection plan or care within 12 months: see `outcome.py`."""

from outcome import main

main("cin_escalation_12m")
