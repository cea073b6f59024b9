"""Shared by all tests."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture
def shared() -> Path:
    """Folder with source reports, reference results and official files, where it is present."""
    if not SHARED.exists():
        pytest.skip(
            "../shared is not here: the source reports and reference results are not committed"
        )
    return SHARED
