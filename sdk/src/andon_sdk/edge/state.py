"""What a source's next batch depends on, in one file replaced as a whole: the commit of everything before it."""

import io
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from andon_sdk.edge import disk
from andon_sdk.edge.assemble import NEVER, Assembler, Counts, Open
from andon_sdk.edge.channels import US

_PER_CHANNEL = ("newest", "held_time", "held_value", "kept_time", "kept_value")


@dataclass(frozen=True, slots=True)
class Restored:
    step: int
    """Frames of later steps were never acknowledged to the source, and are cut off."""
    known: bool


def save(path: Path, step: int, assembler: Assembler) -> None:
    """On disk when it returns."""
    kept: dict[str, Any] = {
        "step": step,
        "names": np.array(assembler.channels.names, str),
        "groups": np.array(["/".join(group) for group in assembler.channels.groups], str),
        "counts": json.dumps(asdict(assembler.counts)),
        "closed": assembler.closed,
        "open_channel": assembler.open.channel,
        "open_time": assembler.open.time,
        "open_value": assembler.open.value,
        "newest": assembler.newest,
        "held_time": assembler.held_time,
        "held_value": assembler.held_value,
        "kept_time": assembler.dead_band.time,
        "kept_value": assembler.dead_band.value,
    }
    content = io.BytesIO()
    np.savez(content, **kept)
    disk.replace(path, content.getvalue(), synced=True)


def restore(path: Path, assembler: Assembler) -> Restored:
    """Puts an assembler back to where the last commit was. Channels are known by name, so that a mapping may change:
    what is mapped no more is forgotten, what is new begins as new."""
    if not path.exists():
        return Restored(0, known=False)
    with np.load(path, allow_pickle=False) as kept:
        places = _places(kept["names"].tolist(), assembler.channels.names)
        was, is_ = np.flatnonzero(places >= 0), places[places >= 0]
        targets = (
            assembler.newest,
            assembler.held_time,
            assembler.held_value,
            assembler.dead_band.time,
            assembler.dead_band.value,
        )
        for name, target in zip(_PER_CHANNEL, targets, strict=True):
            target[is_] = kept[name][was]
        groups = _places(kept["groups"].tolist(), ["/".join(group) for group in assembler.channels.groups])
        assembler.closed[groups[groups >= 0]] = kept["closed"][groups >= 0]
        channel = places[kept["open_channel"]] if len(places) else np.empty(0, np.int64)
        mapped = channel >= 0
        channel, time, value = channel[mapped], kept["open_time"][mapped], kept["open_value"][mapped]
        order = np.lexsort((time, channel))
        assembler.open = Open(channel[order], time[order], value[order])
        assembler.counts = Counts(**json.loads(str(kept["counts"])))
        return Restored(int(kept["step"]), known=True)


def since(assembler: Assembler) -> dict[str, datetime]:
    """The newest source time kept of each tag; of several channels of one tag, the least that is known."""
    found: dict[str, int] = {}
    for tag, time in zip(assembler.channels.tags, assembler.newest.tolist(), strict=True):
        found[tag] = min(found.get(tag, time), time)
    return {tag: datetime.fromtimestamp(time / US, UTC) for tag, time in found.items() if time != NEVER}


def _places(before: list[str], now: list[str]) -> np.ndarray:
    """Where each of `before` is in `now`; -1 where it is no more."""
    at = {name: place for place, name in enumerate(now)}
    return np.array([at.get(name, -1) for name in before], np.int64)
