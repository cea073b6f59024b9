"""Re-referral of children in need within 12 months: see `outcome.py`."""

from outcome import main

main("cin_rereferral_12m")
