"""What a server recorded while nobody was connected: HistoryRead of raw values, in windows of time.

A window is read for all tags before the next, so that tags come side by side and not one after the other; it grows and
shrinks towards a wanted number of values. OPC 10000-11, 6.5.3.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import struct
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from asyncua import Client, ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary

from andon_opcua.addresses import Address
from andon_opcua.decoding import Values, decode
from andon_opcua.session import ask
from andon_opcua.values import elements, times

VALUES_A_NODE = 10_000
NODES_A_CALL = 200
WANTED = 200_000
"""Values a window should hold. One with more than twice as many is asked for again, shorter."""
FIRST_WINDOW, SHORTEST_WINDOW = timedelta(minutes=1), timedelta(seconds=1)
CLOSE_ENOUGH = timedelta(seconds=5)
FAR = timedelta(days=1)
"""Behind the server's clock: the last window takes also what a device with a fast clock wrote."""
TOO_MANY = {
    ua.StatusCodes.BadTooManyOperations,
    ua.StatusCodes.BadResponseTooLarge,
    ua.StatusCodes.BadEncodingLimitsExceeded,
    ua.StatusCodes.BadNoContinuationPoints,
}
NOBODYS = {
    ua.StatusCodes.BadServiceUnsupported,
    ua.StatusCodes.BadHistoryOperationUnsupported,
    ua.StatusCodes.BadHistoryOperationInvalid,
}
MICROSECOND = timedelta(microseconds=1)

Page = tuple[int, datetime, bytes]
"""Place of a tag, begin, and the server's word for where it goes on, if it gave one."""


@dataclass(slots=True)
class Missed:
    """Values of one answer with the places of their tags, int32[n]."""

    place: np.ndarray
    values: Values


class History:
    """Reads what is missing of the `addresses` whose last kept time, in µs since 1970, is in `since`."""

    def __init__(self, client: Client, addresses: list[Address], since: dict[int, int]) -> None:
        self._client, self._addresses, self._since = client, addresses, dict(since)
        self._of = elements(addresses)
        self._nodes_a_call = NODES_A_CALL
        self._now = datetime.now(UTC)
        self.without: dict[int, str] = {}
        """Places whose history the server does not give, with its word for it."""
        self._read_until = min((_time(since) for since in since.values()), default=self._now)

    async def until_now(self) -> AsyncIterator[Missed]:
        """From the oldest missing value until the server's present, but for the last seconds."""
        length = FIRST_WINDOW
        while self._since:
            self._now = await self._clock()
            if self._now - self._read_until <= CLOSE_ENOUGH:
                return
            until = min(self._read_until + length, self._now)
            parts = await self._window(self._read_until, until, 2 * WANTED if length > SHORTEST_WINDOW else None)
            if parts is None:
                length = max(min(length, until - self._read_until) / 4, SHORTEST_WINDOW)
                continue
            self._read_until = until
            if parts:
                yield self._taken(parts)
            if sum(len(part.values) for part in parts) < WANTED // 2:
                length *= 2

    async def the_rest(self) -> AsyncIterator[Missed]:
        """What came since, to the end of the history, behind each tag's newest. Called when the subscription is there.

        Not only from where the windows ended: a device whose clock is slow writes behind it.
        """
        if self._since and (parts := await self._window(None, self._now + FAR)):
            yield self._taken(parts)

    def _taken(self, parts: list[Missed]) -> Missed:
        """The parts side by side; each tag's newest is noted."""
        for part in parts:
            place = int(part.place[0])
            self._since[place] = max(self._since.get(place, 0), int(times(part.values, 0).max()))
        return Missed(np.concatenate([part.place for part in parts]), Values.joined([part.values for part in parts]))

    async def _clock(self) -> datetime:
        """The server's time, or ours where it does not tell."""
        node = ua.NodeId(ua.ObjectIds.Server_ServerStatus_CurrentTime)
        (value,) = await self._client.uaclient.session.read_attributes([node], ua.AttributeIds.Value)
        told = value.Value.Value if value.Value is not None else None
        return _aware(told) if isinstance(told, datetime) else datetime.now(UTC)

    async def _window(self, begin: datetime | None, end: datetime, most: int | None = None) -> list[Missed] | None:
        """All values of a window; without `begin` each tag from its newest. None if they are more than `most`."""
        parts: list[Missed] = []
        found = 0
        async with aclosing(self._parts(begin, end)) as answers:
            async for part in answers:
                parts.append(part)
                found += len(part.values)
                if most is not None and found > most:
                    return None
        return parts

    async def _parts(self, begin: datetime | None, end: datetime) -> AsyncGenerator[Missed, None]:
        last = round(end.timestamp() * 1e6)
        places = [place for place, since in self._since.items() if since < last and place not in self.without]
        places.sort(key=self._since.__getitem__)  # those of one request begin together
        at = 0
        while at < len(places) and self._since:
            some = places[at : at + self._nodes_a_call]
            try:
                async with aclosing(self._all_of(some, begin or _time(self._since[some[0]]), end)) as answers:
                    async for missed in answers:
                        yield missed
            except ua.UaStatusCodeError as error:
                if error.code in NOBODYS:
                    self.without.update(dict.fromkeys(self._since, ua.StatusCode(error.code).name))
                    self._since = {}
                    return
                if error.code not in TOO_MANY or self._nodes_a_call == 1:
                    raise
                self._nodes_a_call //= 2
                continue
            at += len(some)

    async def _all_of(self, places: list[int], begin: datetime, end: datetime) -> AsyncGenerator[Missed, None]:
        """All values of some tags in a window, page after page. The server forgets the pages if nobody wants more."""
        pages = [(place, begin, b"") for place in places]
        again: list[Page] = []
        try:
            while pages:
                again = []
                # A request has one begin for all its nodes. Continued ones share the window's; those that a server cut
                # without saying how to continue have each their own.
                for start in dict.fromkeys(start for _, start, _ in pages):
                    some = [page for page in pages if page[1] == start]
                    for page, (status, point, values) in zip(some, await self._read(some, end), strict=True):
                        following = self._following(page, status, point, values)
                        again += [following] if following else []
                        if len(values):
                            yield Missed(np.full(len(values), page[0], np.int32), values)
                pages = again
        except GeneratorExit:
            if held := [page for page in again if page[2]]:
                await self._read(held, end, release=True)
            raise

    def _following(self, page: Page, status: ua.StatusCode, point: bytes, values: Values) -> Page | None:
        """The next page of a tag. Raises `UaStatusCodeError` if the server holds too many."""
        place, start, _ = page
        if status.value == ua.StatusCodes.BadNoContinuationPoints:
            status.check()
        if status.is_bad() and status.value != ua.StatusCodes.BadNoData:
            self.without[place] = status.name
            return None
        if point:
            return place, start, point
        if len(values) < VALUES_A_NODE:
            return None
        return place, _time(int(times(values, 0).max())) + MICROSECOND, b""

    async def _read(
        self, pages: list[Page], end: datetime, *, release: bool = False
    ) -> list[tuple[ua.StatusCode, bytes, Values]]:
        """Status, where it goes on, and values of each page; all begin at the same time."""
        request = ua.HistoryReadRequest()
        asked = request.Parameters
        asked.HistoryReadDetails = ua.ReadRawModifiedDetails(
            IsReadModified=False, StartTime=pages[0][1], EndTime=end, NumValuesPerNode=VALUES_A_NODE, ReturnBounds=False
        )
        asked.TimestampsToReturn = ua.TimestampsToReturn.Both
        asked.ReleaseContinuationPoints = release
        for place, _, point in pages:
            node = ua.HistoryReadValueId()
            node.NodeId = self._addresses[place].node
            if self._addresses[place].index is not None:
                node.IndexRange = str(self._addresses[place].index)
            node.ContinuationPoint = point or None
            asked.NodesToRead.append(node)
        data = bytes(await ask(self._client, request))
        (count,) = struct.unpack_from("<i", data)
        if count != len(pages):
            raise ua.UaError(f"the server answered {count} histories for {len(pages)}")
        at, results = 4, []
        for place, _, _ in pages:
            result, at = self._result(data, at, place)
            results.append(result)
        return results

    def _result(self, data: bytes, at: int, place: int) -> tuple[tuple[ua.StatusCode, bytes, Values], int]:
        code, size = struct.unpack_from("<Ii", data, at)
        at += 8
        point = data[at : at + max(size, 0)]
        buffer = Buffer(data, at + len(point), len(data) - at - len(point))
        nodeid_from_binary(buffer)
        at = buffer.cur_pos
        values = Values.empty()
        has_body, at = data[at], at + 1
        if has_body:
            (size,) = struct.unpack_from("<i", data, at)
            at += 4
            values, _ = decode(data, at, handles=False, of=lambda _, value: self._of(place, value))
            at += size
        return (ua.StatusCode(code), point, values), at


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
