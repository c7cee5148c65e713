"""How far Andon has taken an outbox: which frames, and what became of their rows."""

import json
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from andon_sdk.edge import disk


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Frames from `first` to `last`, both of them."""

    first: int
    last: int


@dataclass(slots=True)
class Sent:
    """Rows. sent = stored + quarantined + refused + duplicates; `dropped` were never sent, for the buffer was full."""

    sent: int = 0
    stored: int = 0
    quarantined: int = 0
    refused: int = 0
    duplicates: int = 0
    dropped: int = 0


@dataclass(slots=True)
class Progress:
    """Not synced to disk: what a power cut takes back is sent again, under the same key."""

    path: Path
    acked: list[Span] = field(default_factory=list)
    """In order, never touching."""
    under_way: list[Span] = field(default_factory=list)
    """Blocks that were sent and not answered, exactly as they were cut: only an equal body is known by its key."""
    rows: Sent = field(default_factory=Sent)
    last_refusal: str = ""

    @classmethod
    def read(cls, path: Path) -> "Progress":
        if not path.exists():
            return cls(path)
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        acked, under_way = ([Span(*pair) for pair in kept[name]] for name in ("acked", "under_way"))
        return cls(path, acked, under_way, Sent(**kept["rows"]), kept["last_refusal"])

    @property
    def last(self) -> int:
        """The highest number that was ever sent or acknowledged; 0 if none was."""
        return max((span.last for span in (*self.acked, *self.under_way)), default=0)

    def __contains__(self, what: "int | Span") -> bool:
        span = Span(what, what) if isinstance(what, int) else what
        place = bisect_right(self.acked, span.first, key=lambda each: each.first) - 1
        return place >= 0 and self.acked[place].last >= span.last

    def begin(self, span: Span) -> None:
        if span not in self.under_way:
            self.under_way.append(span)
            self._save()

    def ack(self, span: Span, **counts: int) -> None:
        self._done(span)
        for name, count in counts.items():
            setattr(self.rows, name, getattr(self.rows, name) + count)
        self._save()

    def drop(self, span: Span, rows: int) -> None:
        """Frames that are gone unsent."""
        self._done(span)
        self.rows.dropped += rows
        self._save()

    def forget(self, span: Span) -> None:
        """A block that was sent and is not whole any more: what is left of it is cut anew."""
        self.under_way.remove(span)

    def _done(self, span: Span) -> None:
        self.under_way = [each for each in self.under_way if not span.first <= each.first <= each.last <= span.last]
        merged: list[Span] = []
        for each in sorted([*self.acked, span]):
            if merged and each.first <= merged[-1].last + 1:
                merged[-1] = Span(merged[-1].first, max(merged[-1].last, each.last))
            else:
                merged.append(each)
        self.acked = merged

    def _save(self) -> None:
        kept = {
            "acked": [[span.first, span.last] for span in self.acked],
            "under_way": [[span.first, span.last] for span in self.under_way],
            "rows": asdict(self.rows),
            "last_refusal": self.last_refusal,
        }
        disk.replace(self.path, json.dumps(kept).encode(), synced=False)
