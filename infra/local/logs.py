"""A log file for each part, in the state folder, kept short by copying and cutting."""

import os
import shutil
from pathlib import Path

LIMIT_BYTES = 10_000_000
KEPT = 2


def open_log(folder: Path, name: str) -> int:
    """A file descriptor that always appends, so that the file may be cut while the part writes."""
    return os.open(folder / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def rotate(folder: Path, *, limit: int = LIMIT_BYTES) -> None:
    """Moves what outgrew `limit` bytes into `<name>.log.1`, the older into `.2`, and drops the rest."""
    for path in folder.glob("*.log"):
        if path.stat().st_size <= limit:
            continue
        for number in range(KEPT, 1, -1):
            older = path.with_name(f"{path.name}.{number - 1}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number}"))
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        path.with_name(f"{path.name}.1").chmod(0o600)
        os.truncate(path, 0)


def tail(folder: Path, name: str, lines: int = 20) -> list[str]:
    """The last lines of a part's log; empty when it never ran."""
    path = folder / f"{name}.log"
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200 * lines))
        return file.read().decode(errors="replace").splitlines()[-lines:]
