"""Joined sockets: everything arrives, ends arrive too, and a missing target is a hang-up."""

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from services.enclaves.box.forward import listen_tcp, listen_unix, serve


@pytest.fixture
async def echo():
    """A server that answers once its caller has finished, and the path it is reached by through a forwarder."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await reader.read()
        writer.write(body[::-1])
        await writer.drain()
        writer.close()

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "s.sock")
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()[:2]
            async with await serve(listen_unix(path), f"{host}:{port}"):
                yield path


async def ask(path: str, body: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(body)
    writer.write_eof()  # half-closed: the answer is still to come
    answer = await reader.read()
    writer.close()
    return answer


async def test_large_bodies_and_half_close(echo) -> None:
    body = os.urandom(5_000_000)
    assert await ask(echo, body) == body[::-1]


async def test_many_at_once(echo) -> None:
    bodies = [os.urandom(1000) for _ in range(200)]
    assert await asyncio.gather(*(ask(echo, body) for body in bodies)) == [body[::-1] for body in bodies]


async def test_caller_goes_away(echo) -> None:
    for _ in range(20):
        _, writer = await asyncio.open_unix_connection(echo)
        writer.write(b"x" * 100_000)
        writer.transport.abort()
    assert await ask(echo, b"ab") == b"ba"


async def test_nobody_at_the_other_end() -> None:
    listener = listen_tcp(0)
    host, port = listener.getsockname()
    async with await serve(listener, "/run/nobody.sock"):
        reader, writer = await asyncio.open_connection(host, port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
