"""JSON files that several processes read while one writes."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write(path: Path, content: Any) -> None:
    """All of it or nothing, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)
    Path(fresh).replace(path)
