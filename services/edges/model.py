"""What a report may hold, and when an edge is silent. No I/O, no clock but the one passed in."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from services.edges.contracts import (
    DestinationReport,
    DestinationState,
    MappedIn,
    Report,
    SourceReport,
    SourceState,
    TagAge,
)
from services.edges.errors import EdgeReportInvalid

MOST_EDGES = 200
MOST_PARTS = 64
"""Sources of an edge; destinations likewise."""
MOST_AGES = 10
LONGEST_TEXT = 500
SILENT_AFTER = timedelta(minutes=2)
"""Four reports."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked(report: Report) -> Report:
    """Raises `EdgeReportInvalid`, naming the field."""
    _named(report.name, "name")
    _short(report.version, "version")
    for field, parts in (("sources", report.sources), ("destinations", report.destinations)):
        if len(parts) > MOST_PARTS:
            raise EdgeReportInvalid(f"An edge has at most {MOST_PARTS} {field}.", field=field, limit=MOST_PARTS)
        _parts(parts, field)
    return report


def _parts(parts: Sequence[SourceReport | DestinationReport], field: str) -> None:
    names = set[str]()
    for number, part in enumerate(parts):
        place = f"{field}.{number}"
        _named(part.name, f"{place}.name")
        if part.name in names:
            raise EdgeReportInvalid(f"Two {field} are called {part.name}.", field=f"{place}.name")
        names.add(part.name)
        for name, value in _facts(part).items():
            if isinstance(value, str):
                _short(value, f"{place}.{name}")
            elif isinstance(value, int) and not isinstance(value, bool) and value < 0:
                raise EdgeReportInvalid(f"{place}.{name} is less than nothing.", field=f"{place}.{name}")
        if isinstance(part, SourceReport):
            if len(part.oldest) > MOST_AGES:
                message = f"At most {MOST_AGES} tags of a source are named."
                raise EdgeReportInvalid(message, field=f"{place}.oldest", limit=MOST_AGES)
            for age in part.oldest:
                _short(age.tag, f"{place}.oldest")


def _facts(part: SourceReport | DestinationReport) -> dict[str, Any]:
    return {name: value for name, value in asdict(part).items() if name not in ("name", "oldest")}


def _named(name: str, field: str) -> None:
    if not _NAME.fullmatch(name):
        message = "A name is 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit."
        raise EdgeReportInvalid(message, field=field)


def _short(text: str, field: str) -> None:
    if len(text) > LONGEST_TEXT:
        message = f"{field} has more than {LONGEST_TEXT} characters."
        raise EdgeReportInvalid(message, field=field, limit=LONGEST_TEXT)


def is_silent(seen_at: datetime, now: datetime) -> bool:
    return now - seen_at > SILENT_AFTER


def as_json(report: Report) -> dict[str, Any]:
    """All but the name, which is a column."""
    said = asdict(report)
    del said["name"]
    said["started_at"] = report.started_at.isoformat()
    for part in (*said["sources"], *said["destinations"]):
        part["since"] = part["since"] and part["since"].isoformat()
    return said


def from_json(name: str, said: dict[str, Any]) -> Report:
    return Report(
        name=name,
        version=said["version"],
        started_at=datetime.fromisoformat(said["started_at"]),
        sources=tuple(_source(each) for each in said["sources"]),
        destinations=tuple(_destination(each) for each in said["destinations"]),
    )


def _source(said: dict[str, Any]) -> SourceReport:
    read = {
        "mapped_in": MappedIn(said.get("mapped_in", MappedIn.FILE)),
        "state": SourceState(said["state"]),
        "since": datetime.fromisoformat(said["since"]),
        "oldest": tuple(TagAge(**age) for age in said["oldest"]),
    }
    return SourceReport(**(said | read))


def _destination(said: dict[str, Any]) -> DestinationReport:
    read = {
        "state": DestinationState(said["state"]),
        "since": said["since"] and datetime.fromisoformat(said["since"]),
    }
    return DestinationReport(**(said | read))
