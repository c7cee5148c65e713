"""Real data, where a folder `shared/data` stands beside the project or above it."""

from pathlib import Path

import pytest


def folder(name: str) -> Path:
    """Skips the test, saying so, where the data set is not there."""
    for above in Path(__file__).resolve().parents:
        if (found := above / "shared" / "data" / name).is_dir():
            return found
    pytest.skip(f"the data set {name} is not on this machine (shared/data/{name})")
