"""Files that are either as before or whole, whatever happens in between."""

import os
from pathlib import Path


def replace(path: Path, content: bytes, *, synced: bool) -> None:
    """`synced`: on disk when this returns. Otherwise it outlives the process, and a power cut may bring back the one
    before."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        if synced:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)
    if synced:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
