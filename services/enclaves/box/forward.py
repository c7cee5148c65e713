"""Joins sockets byte for byte: what connects to one end is connected to the other."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

CHUNK = 256 * 1024
_BUFFER = 1024 * 1024
_BACKLOG = 4096
"""Callers of a unix socket are not made to wait by the kernel when it is full, but refused."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def serve(listener: socket.socket, target: str, counted: Callable[[int], object] | None = None) -> asyncio.Server:
    """Accepts on a bound socket and connects each caller to `target`: `host:port`, or the path of a unix socket.

    A caller is hung up on when the target cannot be reached, as if it had called the target itself. `counted` is told
    1 for each that is joined and -1 when it has ended.
    """

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await _connect(target)
        except OSError:
            writer.close()
            return
        if counted is None:
            await _join((reader, writer), (far_reader, far_writer))
            return
        counted(1)
        try:
            await _join((reader, writer), (far_reader, far_writer))
        finally:
            counted(-1)

    if listener.family is socket.AF_UNIX:
        return await asyncio.start_unix_server(accept, sock=listener, limit=_BUFFER, backlog=_BACKLOG)
    return await asyncio.start_server(accept, sock=listener, limit=_BUFFER, backlog=_BACKLOG)


def listen_tcp(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
    listener.setblocking(False)
    return listener


def listen_unix(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener


async def _connect(target: str) -> Streams:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target, limit=_BUFFER)
    host, port = target.rsplit(":", 1)
    return await asyncio.open_connection(host, int(port), limit=_BUFFER)


async def _join(near: Streams, far: Streams) -> None:
    """Until both directions have ended; one may end long before the other."""
    try:
        await asyncio.gather(_pump(near[0], far[1]), _pump(far[0], near[1]))
    finally:
        for _, writer in (near, far):
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        # One side is gone: nothing more will arrive for the other, which learns of it by being closed as well.
        with suppress(RuntimeError):
            writer.transport.abort()
