"""Where things lie, for tests that read them."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
#: Source reports, reference results and official files: not committed, so often absent.
SHARED = ROOT.parent / "shared"
