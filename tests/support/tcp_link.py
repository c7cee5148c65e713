"""A way to a server that can be cut: a TCP proxy on this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class TcpLink:
    """`port` leads to the server while the link holds; when it is cut, what is under way breaks off."""

    def __init__(self, place: int | str) -> None:
        self._place = place
        self._pairs: set[asyncio.StreamWriter] = set()
        self.is_cut = False
        self.port = 0

    def cut(self) -> None:
        self.is_cut = True
        for writer in list(self._pairs):
            writer.transport.abort()

    def mend(self) -> None:
        self.is_cut = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        with suppress(OSError):
            far_reader, far_writer = await self._far()
            self._pairs |= {writer, far_writer}
            await asyncio.gather(self._pipe(reader, far_writer), self._pipe(far_reader, writer))
            self._pairs -= {writer, far_writer}
            return
        writer.transport.abort()

    async def _far(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._place, int):
            return await asyncio.open_connection("127.0.0.1", self._place)
        return await asyncio.open_unix_connection(self._place)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def link_to(place: int | str) -> AsyncIterator[TcpLink]:
    """`place`: a port of this machine, or the path of a unix socket."""
    link = TcpLink(place)
    server = await asyncio.start_server(link.carry, "127.0.0.1", 0)
    link.port = server.sockets[0].getsockname()[1]
    try:
        yield link
    finally:
        server.close()
        link.cut()
