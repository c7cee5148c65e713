"""The two things a connector's author writes: a `Source`, and the `Connector` that says how to open it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Tag:
    """A named point of the source, as `browse` finds it."""

    address: str
    """What `stream` takes and what stands in the column `tag`; unique in the source."""
    title: str = ""
    unit: str | None = None
    """The source's own word for it, if it has one."""
    path: tuple[str, ...] = ()
    """Where it hangs in the source's tree, from the root."""


class Source(Protocol):
    """A connection to one peer. Each method may be called again after `close` and `open`.

    Whatever breaks on the way raises `SourceUnavailable`: the caller closes, waits with back-off and opens again.
    A source never blocks the event loop: libraries that do run in a thread.
    """

    async def open(self) -> None:
        """Connects. Raises `SourceUnavailable` (tried again) or `SettingsRefused` (told, not tried again)."""
        ...

    async def browse(self) -> list[Tag]:
        """All tags the peer offers, in a stable order; those it cannot list are absent, and may be mapped all the
        same. Called on an open source."""
        ...

    def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """Batches of `READINGS` of these tags, in the source's order, until it is closed; an async generator.

        `since` is the newest source time kept of each tag; absent for one never seen. A source with a history begins
        right behind it, so that an outage leaves no gap; one without ignores it. What comes twice is recognised
        later and does no harm. When the next batch is asked for, the ones before are on disk: only then may the source
        acknowledge them to its peer, move a file aside, commit an offset. Raises `SourceUnavailable`,
        `SettingsRefused`.
        """
        ...

    async def close(self) -> None:
        """Ends the connection, and a `stream` that waits. May be called twice, and without `open`."""
        ...


@dataclass(frozen=True, slots=True)
class Connector:
    """What the hook `connectors` declares.

    `settings` is a pydantic model with a sentence for each field; secrets are `SecretStr` and may be given as
    `{ file = "…" }` or `{ env = "…" }` by whoever configures it. `open` makes a `Source` from them and does no I/O.
    """

    key: str
    """Lower-case words with hyphens, such as `opc-ua`."""
    title: str
    settings: type[BaseModel]
    open: Callable[[Any], Source]
    help: str = ""
    """One or two sentences for who chooses among connectors."""
    rows_of_time: bool = False
    """Readings that belong together have the same source time and come in one batch, as the columns of a table's row
    do. Then each time is a row, unless who configures it says otherwise; without it, each period of the contract is."""
    consumes: bool = False
    """Asking for the next batch takes the one before away from the peer, as an acknowledged message is. A dry run then
    asks for the first batch only."""
