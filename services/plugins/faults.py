"""Which plugins did what they must not, on this machine, and which of them are asked no more."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.plugins.contracts import Fault, FaultKind, Installation
from services.plugins.files import write

MOST_FAULTS = 3
WINDOW = timedelta(minutes=10)
"""A plugin with so many faults within it is disabled: not asked again until somebody says so, or another version
comes."""
_KEPT = 20


class Faults:
    """Kept in a folder, a file a version of a plugin."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, plugin: Installation, fault: Fault) -> None:
        """Adds one; with it the plugin may be disabled."""
        known = [*self.of(plugin), fault][-_KEPT:]
        disabled = self.is_disabled(plugin) or _too_many(known, fault.at)
        self._write(plugin, known, disabled=disabled)

    def of(self, plugin: Installation) -> list[Fault]:
        """The last 20, oldest first."""
        return [
            Fault(**{**each, "kind": FaultKind(each["kind"]), "at": datetime.fromisoformat(each["at"])})
            for each in self._read(plugin)["faults"]
        ]

    def is_disabled(self, plugin: Installation) -> bool:
        return bool(self._read(plugin)["disabled"])

    def forgive(self, plugin: Installation) -> None:
        """It is asked again; what it did stays on record."""
        self._write(plugin, self.of(plugin), disabled=False)

    def _read(self, plugin: Installation) -> dict[str, Any]:
        try:
            return json.loads(self._path(plugin).read_text())
        except FileNotFoundError:
            return {"faults": [], "disabled": False}

    def _write(self, plugin: Installation, faults: Sequence[Fault], *, disabled: bool) -> None:
        said = [asdict(each) | {"kind": each.kind.value, "at": each.at.isoformat()} for each in faults]
        write(self._path(plugin), {"faults": said, "disabled": disabled})

    def _path(self, plugin: Installation) -> Path:
        return self._folder / f"{plugin.digest}.json"


def _too_many(faults: Sequence[Fault], now: datetime) -> bool:
    return sum(now - each.at <= WINDOW for each in faults) >= MOST_FAULTS
