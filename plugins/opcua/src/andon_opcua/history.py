"""What a server recorded while nobody was connected: HistoryRead of raw values, in windows of time.

A window is read for all tags before the next, so that tags come side by side and not one after the other; it grows and
shrinks towards a wanted number of values. OPC 10000-11, 6.5.3.
"""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import struct
from collections.abc import AsyncIterator
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
"""Values a window should hold; it is handed on in pieces of twice as many."""
FIRST_WINDOW, SHORTEST_WINDOW = timedelta(minutes=1), timedelta(seconds=1)
CLOSE_ENOUGH = timedelta(seconds=5)
FAR = timedelta(days=1)
"""Behind the server's clock: the last window takes also what a device with a fast clock wrote."""
TOO_MANY = {
    ua.StatusCodes.BadTooManyOperations,
    ua.StatusCodes.BadResponseTooLarge,
    ua.StatusCodes.BadEncodingLimitsExceeded,
}
NOBODYS = {
    ua.StatusCodes.BadServiceUnsupported,
    ua.StatusCodes.BadHistoryOperationUnsupported,
    ua.StatusCodes.BadHistoryOperationInvalid,
}
MICROSECOND = timedelta(microseconds=1)


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
        self.read_until = min((_time(since) for since in since.values()), default=self._now)

    async def until_now(self) -> AsyncIterator[Missed]:
        """From the oldest missing value until the server's present, but for the last seconds."""
        length = FIRST_WINDOW
        while self._since:
            self._now = await self._clock()
            if self._now - self.read_until <= CLOSE_ENOUGH:
                return
            until = min(self.read_until + length, self._now)
            found = 0
            async for missed in self._window(self.read_until, until):
                found += len(missed.values)
                yield missed
            self.read_until = until
            if found < WANTED // 2:
                length *= 2
            elif found > WANTED * 2:
                length = max(length / 2, SHORTEST_WINDOW)

    async def the_rest(self) -> AsyncIterator[Missed]:
        """What came since, to the end of the history, behind each tag's newest. Called when the subscription is there.

        Not only from where the windows ended: a device whose clock is slow writes behind it.
        """
        if self._since:
            async for missed in self._window(None, self._now + FAR):
                yield missed

    async def _clock(self) -> datetime:
        """The server's time, or ours where it does not tell."""
        node = ua.NodeId(ua.ObjectIds.Server_ServerStatus_CurrentTime)
        (value,) = await self._client.uaclient.session.read_attributes([node], ua.AttributeIds.Value)
        told = value.Value.Value if value.Value is not None else None
        return _aware(told) if isinstance(told, datetime) else datetime.now(UTC)

    async def _window(self, begin: datetime | None, end: datetime) -> AsyncIterator[Missed]:
        """A window of all tags side by side; without `begin` each from its newest."""
        parts: list[Missed] = []
        async for part in self._parts(begin, end):
            parts.append(part)
            if sum(len(part.values) for part in parts) > 2 * WANTED:
                yield _joined(parts)
                parts = []
        if parts:
            yield _joined(parts)

    async def _parts(self, begin: datetime | None, end: datetime) -> AsyncIterator[Missed]:
        last = round(end.timestamp() * 1e6)
        places = [place for place, since in self._since.items() if since < last and place not in self.without]
        places.sort(key=self._since.__getitem__)  # those of one request begin together
        at = 0
        while at < len(places) and self._since:
            some = places[at : at + self._nodes_a_call]
            try:
                async for missed in self._all_of(some, begin or _time(self._since[some[0]]), end):
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

    async def _all_of(self, places: list[int], begin: datetime, end: datetime) -> AsyncIterator[Missed]:
        """All values of some tags in a window, page after page."""
        pages = [(place, begin, b"") for place in places]
        while pages:
            again: list[tuple[int, datetime, bytes]] = []
            # A request has one begin for all its nodes. Continued ones share the window's; those that a server cut
            # without saying how to continue have each their own.
            for start in dict.fromkeys(page[1] for page in pages):
                some = [(place, point) for place, from_, point in pages if from_ == start]
                for (place, _), (status, point, values) in zip(some, await self._read(some, start, end), strict=True):
                    if status.is_bad():
                        if status.value != ua.StatusCodes.BadNoData:
                            self.without[place] = status.name
                        continue
                    if point:
                        again.append((place, start, point))
                    if not len(values):
                        continue
                    newest = int(times(values, 0).max())
                    if not point and len(values) >= VALUES_A_NODE:
                        again.append((place, _time(newest) + MICROSECOND, b""))
                    self._since[place] = max(self._since[place], newest)
                    yield Missed(np.full(len(values), place, np.int32), values)
            pages = again

    async def _read(
        self, some: list[tuple[int, bytes]], begin: datetime, end: datetime
    ) -> list[tuple[ua.StatusCode, bytes, Values]]:
        request = ua.HistoryReadRequest()
        asked = request.Parameters
        asked.HistoryReadDetails = ua.ReadRawModifiedDetails(
            IsReadModified=False, StartTime=begin, EndTime=end, NumValuesPerNode=VALUES_A_NODE, ReturnBounds=False
        )
        asked.TimestampsToReturn = ua.TimestampsToReturn.Both
        asked.ReleaseContinuationPoints = False
        for place, point in some:
            node = ua.HistoryReadValueId()
            node.NodeId = self._addresses[place].node
            if self._addresses[place].index is not None:
                node.IndexRange = str(self._addresses[place].index)
            node.ContinuationPoint = point or None
            asked.NodesToRead.append(node)
        data = bytes(await ask(self._client, request))
        (count,) = struct.unpack_from("<i", data)
        if count != len(some):
            raise ua.UaError(f"the server answered {count} histories for {len(some)}")
        at, results = 4, []
        for place, _ in some:
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


def _joined(parts: list[Missed]) -> Missed:
    return Missed(np.concatenate([part.place for part in parts]), Values.joined([part.values for part in parts]))


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
