"""What a box takes of its machine, measured from outside: what runs within can neither stop this nor lie to it.

Imports nothing but the standard library, as the box's host end does, which uses it.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_LEAST_FILE = 4096
"""What an empty file is counted as, so that a disk cannot be filled with names either."""


@dataclass(frozen=True, slots=True)
class Bounds:
    memory_bytes: int
    """Proportional set size of all its processes."""
    disk_bytes: int
    """Of the folders that it writes to, with files that have no name any more but are still open."""
    processes: int


class Exceeded(Exception):
    """The box takes more than it may; the message is the reason."""


def check(root: int, folders: Sequence[Path], bounds: Bounds) -> int:
    """The memory, in bytes, of the box of the process `root`, which writes to `folders`. Raises `Exceeded`."""
    family = descendants(root)
    if len(family) > bounds.processes:
        raise Exceeded(f"The box runs {len(family)} processes and may run {bounds.processes}.")
    memory = sum(map(memory_bytes, family))
    if memory > bounds.memory_bytes:
        raise Exceeded(f"The box holds {memory >> 20} MiB of memory and may hold {bounds.memory_bytes >> 20} MiB.")
    disk = sum(disk_bytes(folder, bounds.disk_bytes) for folder in folders)
    disk += sum(nameless_bytes(family, device) for device in {folder.stat().st_dev for folder in folders})
    if disk > bounds.disk_bytes:
        raise Exceeded(f"The box holds more than the {bounds.disk_bytes >> 20} MiB of disk that it may hold.")
    return memory


def descendants(root: int) -> list[int]:
    """Pids of a process and of all below it, whatever namespaces they made."""
    children = defaultdict[int, list[int]](list)
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                said = Path(entry.path, "stat").read_bytes()
            except OSError:
                continue  # it ended while we looked
            children[int(said.rpartition(b")")[2].split()[1])].append(int(entry.name))
    family = [root]
    for pid in family:
        family += children[pid]
    return family


def memory_bytes(pid: int) -> int:
    """Proportional set size of a process; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def disk_bytes(folder: Path, most: int) -> int:
    """What lies in a folder, counted no further than a little beyond `most`. Links are not followed. Raises `Exceeded`
    when there is a folder in it that cannot be looked into."""
    total, left = 0, [str(folder)]
    while left and total <= most:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        left.append(entry.path)
                    total += _size(entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            continue  # it was removed while we looked
        except OSError as error:
            raise Exceeded(f"A folder of the box cannot be looked into: {error.strerror}.") from error
    return total


def nameless_bytes(family: Iterable[int], device: int) -> int:
    """Files of the file system `device` that were removed and are still open."""
    found: dict[int, int] = {}
    for pid in family:
        try:
            with os.scandir(f"/proc/{pid}/fd") as entries:
                open_files = [entry.path for entry in entries]
        except OSError:
            continue  # it ended
        for path in open_files:
            try:
                seen = os.stat(path)
            except OSError:
                continue  # it was closed
            if stat.S_ISREG(seen.st_mode) and seen.st_nlink == 0 and seen.st_dev == device:
                found[seen.st_ino] = _size(seen)
    return sum(found.values())


def _size(seen: os.stat_result) -> int:
    return max(seen.st_blocks * 512, _LEAST_FILE)
