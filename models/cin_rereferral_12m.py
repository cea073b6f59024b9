"""Re-referral of children in need within 12 months: see `outcome.py`."""

from outcome import fit

fit("cin_rereferral_12m")
