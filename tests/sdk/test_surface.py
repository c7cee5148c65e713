"""What partners build on changes on purpose only."""

import importlib.util
from pathlib import Path

SDK = Path(__file__).resolve().parents[2] / "sdk"


def test_the_surface_is_the_one_that_was_agreed_on():
    spec = importlib.util.spec_from_file_location("surface", SDK / "surface.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.surface() == (SDK / "surface.txt").read_text("utf-8"), (
        "The SDK's surface has changed. If it grew as docs/reference/sdk.md says: python sdk/surface.py"
    )
