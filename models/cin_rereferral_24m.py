"""Re-referral of children in need within 24 months: see `outcome.py`."""

from outcome import main

main("cin_rereferral_24m")
