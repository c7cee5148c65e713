"""Which packs a process still holds: its memory maps say so, whatever its objects claim."""

import asyncio
import gc
from pathlib import Path


async def mapped_packs(folder: Path) -> set[str]:
    """Digests of packs below `folder` of which this process has a file mapped."""
    await asyncio.sleep(0.01)  # a thread's result is held until the loop's next turn
    gc.collect()
    return _mapped(folder)


def _mapped(folder: Path) -> set[str]:
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    return {Path(line.split()[-1]).parent.name for line in lines if str(folder) in line}
