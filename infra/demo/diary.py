"""What a demo plant remembers over restarts: when its life began, how far it has come, its key for the door."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.local.state import State
from infra.settings import Settings


@dataclass(slots=True)
class Diary:
    """Times are ISO 8601 in UTC, so that the file can be read by people."""

    origin: str
    history_end: str
    position: str
    """Readings before this time went through the door."""
    backfilled: bool = False
    key: str = ""
    run: str = ""
    promoted: bool = False

    @property
    def began(self) -> datetime:
        return datetime.fromisoformat(self.origin)

    @property
    def history(self) -> datetime:
        return datetime.fromisoformat(self.history_end)

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.position)


def _file(state: State, slug: str) -> Path:
    return state.folder("demo") / f"{slug}.json"


def open_diary(settings: Settings, state: State, slug: str) -> Diary:
    """The diary as it was left, or a new one: history, then a lead up to the present."""
    file = _file(state, slug)
    if file.exists():
        return Diary(**json.loads(file.read_text()))
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    history = hour - timedelta(days=settings.demo_lead_days)
    origin = history - timedelta(days=settings.demo_history_days)
    return Diary(origin.isoformat(), history.isoformat(), history.isoformat())


def keep(state: State, slug: str, diary: Diary) -> None:
    state.write_private(_file(state, slug), json.dumps(asdict(diary), indent=1))
