"""Makes room in a stream of one tenant by the rules of `services.readings.room`, and measures how full it is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from nats.js import JetStreamContext
from nats.js.api import StreamState
from nats.js.errors import NotFoundError
from prometheus_client import Counter, Gauge

from services.kernel import subjects
from services.kernel.ids import TenantId
from services.readings.room import KEPT, PRESSED, Fill, Look, calm, pressed

log = structlog.get_logger(__name__)
FULL = Gauge("andon_stream_full_ratio", "Bytes of a stream, of its limit", ["tenant", "stream"])
BEHIND = Gauge("andon_history_behind_seconds", "Age of the oldest message not in history", ["tenant", "stream"])
UNREAD = Counter(
    "andon_stream_purged_unread", "Messages purged that are in history and a reader missed", ["tenant", "stream"]
)


class Room:
    """Room in one stream. Bound to one incarnation of it: a stream made anew counts from 1 again, so what was known to
    be in history is no longer true of its sequences, and nothing is purged."""

    def __init__(self, jetstream: JetStreamContext, tenant: TenantId, stream: str, every: str, made: datetime) -> None:
        """`every` matches all subjects of the stream."""
        self._jetstream = jetstream
        self._labels = (str(tenant), stream)
        self._stream = stream
        self._every = every
        self._made = made

    async def make(self, filed: Mapping[str, int]) -> None:
        """Purges what may go. `filed` says of each subject up to which sequence it is in history."""
        look = await self._look(filed)
        if look is None or look.fill.share <= KEPT:
            return
        bounds = calm(look)
        fill = await self._purge_all(look.fill, min(bounds.values()))
        if fill.share > PRESSED:
            fill = await self._relieve(fill, [bounds, *pressed(look, wait=True)])
        if fill.share > PRESSED:
            left = await self._relieve(fill, pressed(replace(look, fill=fill), wait=False))
            self._report(look, gone=fill.messages + (left.last - fill.last) - left.messages)

    async def _relieve(self, fill: Fill, steps: Iterable[Mapping[str, int]]) -> Fill:
        for bounds in steps:
            fill = await self._purge_each(await self._purge_all(fill, min(bounds.values())), bounds)
            if fill.share <= PRESSED:
                break
        return fill

    async def _look(self, filed: Mapping[str, int]) -> Look | None:
        """None when there is nothing in the stream, or it was made anew."""
        unread = await self._first_unread()  # before the stream's state, which then is newer than any position
        info = await self._jetstream.stream_info(self._stream, subjects_filter=self._every)
        if info.created != self._made:
            return None
        fill = _fill(info.state, info.config.max_bytes or -1)
        FULL.labels(*self._labels).set(fill.share)
        unfiled: dict[str, int] = {}
        oldest = now = datetime.now(UTC)
        for subject in info.state.subjects or {}:
            first = await self._first(subject, after=filed.get(subject, 0))
            unfiled[subject] = fill.last + 1 if first is None else first[0]
            oldest = oldest if first is None else min(oldest, first[1])
        BEHIND.labels(*self._labels).set((now - oldest).total_seconds())
        return Look(fill, unfiled, min(unread, fill.last + 1)) if unfiled else None

    async def _first(self, subject: str, after: int) -> tuple[int, datetime] | None:
        """Sequence and time of the subject's first message after that sequence."""
        try:
            raw = await self._jetstream.get_msg(self._stream, seq=after + 1, subject=subject, direct=True, next=True)
        except NotFoundError:
            return None
        assert raw.seq is not None
        assert raw.time is not None
        return raw.seq, raw.time

    async def _first_unread(self) -> int:
        """Of what durable consumers have acknowledged and of the positions that readers tell."""
        done: list[int] = []
        seen = 0
        while page := await self._jetstream.consumers_info(self._stream, seen):
            durable = [info for info in page if info.config.durable_name]
            done += [info.ack_floor.stream_seq if info.ack_floor else 0 for info in durable]
            seen += len(page)
        told = subjects.position(self._stream, "*")
        info = await self._jetstream.stream_info(subjects.POSITIONS_STREAM, subjects_filter=told)
        for subject in info.state.subjects or {}:
            raw = await self._jetstream.get_msg(subjects.POSITIONS_STREAM, subject=subject, direct=True)
            done.append(int(raw.data or b"0"))
        last = (await self._jetstream.stream_info(self._stream)).state.last_seq
        # Who says to be beyond the end knows the stream before this one, and will read this one from its beginning.
        return 1 + min((0 if position > last else position for position in done), default=last)

    async def _purge_all(self, fill: Fill, below: int) -> Fill:
        """One cut through all subjects, which costs the server next to nothing."""
        if below > fill.first:
            await self._jetstream.purge_stream(self._stream, seq=below)
        return await self._filled(fill)

    async def _purge_each(self, fill: Fill, below: Mapping[str, int]) -> Fill:
        for subject, sequence in below.items():
            if sequence > fill.first:
                await self._jetstream.purge_stream(self._stream, subject=subject, seq=sequence)
        return await self._filled(fill)

    async def _filled(self, before: Fill) -> Fill:
        return _fill((await self._jetstream.stream_info(self._stream)).state, before.limit)

    def _report(self, look: Look, gone: int) -> None:
        if not gone:
            return
        UNREAD.labels(*self._labels).inc(gone)
        log.warning(
            "the stream was nearly full, so messages that are in history were purged before every reader had them",
            stream=self._stream,
            messages=gone,
            unread_from=look.unread,
            next_step="Bring up what reads the stream (`andon status`), or give the stream a larger limit.",
        )


def _fill(state: StreamState, limit: int) -> Fill:
    return Fill(state.first_seq, state.last_seq, state.messages, state.bytes, limit)
