"""What became of each part of a Link notebook."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Fate(StrEnum):
    CARRIED = "carried over"
    CHANGED = "changed"
    """It is there, and something about it is another: look at it once."""
    LEFT = "left out"


@dataclass(frozen=True, slots=True)
class Part:
    """A component, parameter, edge, cell or setting."""

    kind: str
    name: str
    fate: Fate
    what: str = ""
    """One sentence, where it is not simply there."""
    cell: int | None = None
    """Of the Link notebook, as people count."""


@dataclass(frozen=True, slots=True)
class Report:
    source: Path
    parts: tuple[Part, ...]

    def counted(self, kind: str) -> tuple[int, int]:
        """(those that are there, all)"""
        mine = [part for part in self.parts if part.kind == kind]
        return sum(part.fate is not Fate.LEFT for part in mine), len(mine)

    @property
    def whole(self) -> bool:
        """Whether everything was carried over as it was."""
        return all(part.fate is Fate.CARRIED for part in self.parts)

    def lines(self) -> Iterator[str]:
        """For people."""
        for kind in dict.fromkeys(part.kind for part in self.parts):
            there, total = self.counted(kind)
            yield f"{kind}: {there} of {total}"
            for part in self.parts:
                if part.kind == kind and part.what:
                    where = f" (cell {part.cell})" if part.cell else ""
                    yield f"  {'✗' if part.fate is Fate.LEFT else '~'} {part.name}{where}: {part.what}"

    def as_json(self) -> dict[str, Any]:
        return {"source": str(self.source), "parts": [asdict(part) for part in self.parts]}
