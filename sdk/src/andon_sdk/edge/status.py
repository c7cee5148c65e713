"""How an edge is: written into its folder each second, and read by `andon-edge status`."""

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from andon_sdk.edge import disk
from andon_sdk.edge.line import Line
from andon_sdk.edge.state import since

FILE = "status.json"
STALE_S = 10.0
MOST_TAGS = 10_000


def now(url: str, trouble: str, lines: list[Line], destinations: dict[str, Any]) -> dict[str, Any]:
    """As plain JSON."""
    now = datetime.now(UTC)
    return {
        "at": now.isoformat(),
        "pid": os.getpid(),
        "andon": {"url": url, "takes_rows": not trouble, "why": trouble},
        "sources": {line.name: _of(line, now) for line in lines},
        "destinations": destinations,
    }


def write(folder: Path, said: dict[str, Any]) -> None:
    disk.replace(folder / FILE, json.dumps(said).encode(), synced=False)


def _of(line: Line, now: datetime) -> dict[str, Any]:
    newest = since(line.assembler)
    ages = {tag: round((now - newest[tag]).total_seconds(), 3) if tag in newest else None for tag in _tags(line)}
    return {
        "connector": line.connector,
        "mapping": line.mapping,
        "state": line.told.state,
        "why": line.told.why,
        "since": datetime.fromtimestamp(line.told.since, UTC).isoformat(),
        "connections": line.told.connections,
        "age_s": ages,
        "readings": asdict(line.assembler.counts) | {"open": len(line.assembler.open)},
        "contracts": {
            contract: asdict(line.progress[contract].rows)
            | {
                "waiting": outbox.waiting_rows,
                "bytes": outbox.size,
                "last_refusal": line.progress[contract].last_refusal,
            }
            for contract, outbox in line.outboxes.items()
        },
    }


def _tags(line: Line) -> list[str]:
    return line.assembler.channels.wanted[:MOST_TAGS]


def read(folder: Path) -> dict[str, Any] | None:
    """What an edge said last, with `running`: whether it said so a moment ago. None if it never did."""
    path = folder / FILE
    if not path.exists():
        return None
    said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    age = (datetime.now(UTC) - datetime.fromisoformat(said["at"])).total_seconds()
    return {**said, "running": age < STALE_S}


def text(said: dict[str, Any]) -> str:
    """For a person."""
    lines = [f"andon-edge {'runs' if said['running'] else 'DOES NOT RUN'}, pid {said['pid']}, as of {said['at']}"]
    andon = said["andon"]
    lines.append(f"Andon at {andon['url']}: {'takes rows' if andon['takes_rows'] else andon['why']}")
    for name, source in said["sources"].items():
        lines.append(
            f"\n{name}: {source['state']} since {source['since']}{': ' if source['why'] else ''}{source['why']}"
        )
        readings = source["readings"]
        lines.append("  readings: " + ", ".join(f"{key.replace('_', ' ')} {count}" for key, count in readings.items()))
        for contract, rows in source["contracts"].items():
            refusal = rows["last_refusal"]
            counts = {key: value for key, value in rows.items() if key != "last_refusal"}
            lines.append(f"  rows of {contract}: " + ", ".join(f"{key} {count}" for key, count in counts.items()))
            if refusal:
                lines.append(f"    the last that was not stored: {refusal}")
        ages = sorted(source["age_s"].items(), key=lambda pair: (pair[1] is not None, -(pair[1] or 0)))
        said_ages = [f"{tag} {'never' if age is None else f'{age:.1f} s'}" for tag, age in ages[:10]]
        lines.append("  oldest last values: " + ", ".join(said_ages))
    for name, destination in said["destinations"].items():
        since_then = f" since {destination['since']}" if destination["since"] else ""
        why = f": {destination['why']}" if destination["why"] else ""
        lines.append(f"\n{name}: {destination['state']}{since_then}{why}")
        counts = ", ".join(
            f"{key.replace('_', ' ')} {destination[key]}" for key in ("delivered", "waiting", "put_aside")
        )
        lines.append(f"  notices: {counts}")
        if destination["asks_andon"] != "ok":
            lines.append(f"  Andon could not be asked for alarms: {destination['asks_andon']}")
    return "\n".join(lines)
