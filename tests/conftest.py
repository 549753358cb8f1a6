"""What every test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Return the folder of real recordings; where it is missing, skip, but fail when CI=true."""
    folder = Path(os.environ.get("METABOARD_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))
    if folder.is_dir():
        return folder
    reason = f"no recordings at {folder}; set METABOARD_RECORDINGS"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
