"""The connector against a real peer on the loopback."""

import asyncio
from datetime import UTC, datetime

import pytest
from andon_template.lines import LinesSettings, LinesSource, parsed

from andon_sdk.connector import SourceUnavailable

LINES = (
    b'{"tag": "speed", "time": "2026-01-31T12:00:00Z", "value": 1480.5}\n'
    b'{"tag": "load", "time": "2026-01-31T12:00:00Z", "value": 60}\n'
    b'{"tag": "speed", "time": "2026-01-31T12:00:01+00:00", "value": null}\n'
)


async def take(source, rows):
    async for batch in source.stream(["speed"], {}):
        rows += batch.to_pylist()


async def against_a_peer(token: str | None = None):
    """Rows that a source yields of a peer that sends `LINES` and hangs up, and what the peer was told."""
    told: list[bytes] = []

    async def peer(reader, writer):
        if token is not None:
            told.append(await reader.readline())
        writer.write(LINES)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(peer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        source, rows = LinesSource(LinesSettings(host="127.0.0.1", port=port, token=token)), []
        await source.open()
        with pytest.raises(SourceUnavailable, match="closed the connection"):
            await take(source, rows)
        await source.close()
    return rows, told


def test_wanted_tags_arrive_with_their_source_time():
    rows, _ = asyncio.run(against_a_peer())
    assert rows == [
        {"tag": "speed", "time": datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC), "value": 1480.5, "quality": 0},
        {"tag": "speed", "time": datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC), "value": None, "quality": 2},
    ]


def test_the_token_is_said_first():
    assert asyncio.run(against_a_peer("open sesame"))[1] == [b"open sesame\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"[]\n",
        b'{"tag": "speed"}\n',
        b'{"tag": "a", "time": "2026-01-31T12:00", "value": 1}\n',
    ],
)
def test_what_is_no_line_of_readings_is_said(line):
    with pytest.raises(SourceUnavailable, match="this is no line of readings"):
        parsed(line)
