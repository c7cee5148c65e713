"""A connector: readings as lines of JSON that a gateway at the machine sends over TCP.

Each line is {"tag": "speed", "time": "2026-01-31T12:00:00Z", "value": 1480.0}. The peer sends what happens from now on
and keeps no history, so an outage leaves a gap; a source with a history would begin at `since`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from andon_sdk.connector import Connector, SourceUnavailable, Tag, readings
from andon_template.contract import TEMPLATE

LONGEST_LINE = 64_000
CONNECT_SECONDS = 5.0


class LinesSettings(BaseModel):
    """What is asked of whoever sets the connector up."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        description="Name or address of the gateway.", min_length=1, max_length=253, pattern=r"^[\w.:-]+$"
    )
    port: int = Field(7000, description="Its TCP port.", ge=1, le=65535)
    token: SecretStr | None = Field(None, description="Sent as the first line, if the gateway asks for one.")


class LinesSource:
    """A connection to one gateway."""

    def __init__(self, settings: LinesSettings) -> None:
        self.settings = settings
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connects and says the token."""
        host, port = self.settings.host, self.settings.port
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._reader, self._writer = await asyncio.open_connection(host, port, limit=LONGEST_LINE)
                if self.settings.token is not None:
                    self._writer.write(self.settings.token.get_secret_value().encode() + b"\n")
                    await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise SourceUnavailable(f"{host}:{port} does not answer: {error or 'no connection in time'}") from error

    async def browse(self) -> list[Tag]:
        """The gateway cannot list its tags; these are the ones that such machines have."""
        return [Tag(signal.key, signal.title, signal.unit) for signal in TEMPLATE.signals]

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """A batch a line, of the tags that are wanted."""
        wanted = frozenset(tags)
        while (reader := self._reader) is not None:
            try:
                line = await reader.readline()
            except (OSError, ValueError) as error:
                raise SourceUnavailable(f"the connection broke, or a line is endless: {error}") from error
            if self._reader is None:
                return
            if not line.endswith(b"\n"):
                raise SourceUnavailable("the gateway closed the connection")
            tag, time, value = parsed(line)
            if tag in wanted:
                yield readings(tag, [time], [value])

    async def close(self) -> None:
        """Ends the connection; a stream that waits ends too."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()


def parsed(line: bytes) -> tuple[str, datetime, float | None]:
    """Tag, time and value of a line. A value that is no number is missing. Raises `SourceUnavailable`."""
    try:
        told = json.loads(line)
        tag, time, value = str(told["tag"]), datetime.fromisoformat(told["time"]), told["value"]
        if time.tzinfo is None:
            raise ValueError("its time says no zone")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        shown = line[:60].decode("utf-8", "replace")
        raise SourceUnavailable(f"this is no line of readings: {shown!r} ({error}). Is this the port?") from error
    return tag, time, float(value) if isinstance(value, int | float) else None


TEMPLATE_LINES = Connector(
    key="template-lines",
    title="Template machine: JSON lines over TCP",
    settings=LinesSettings,
    open=LinesSource,
    help="For gateways that send a JSON object a line: tag, time and value.",
)
