"""One streaming of tags: what was missed, then what comes, as batches of readings."""
# pyright: reportPrivateImportUsage=false, reportArgumentType=false
# asyncua re-exports its names without saying so, and has types of its own for numbers that take Python's.

import logging
import time
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa
from asyncua import Client

from andon_opcua.addresses import Address
from andon_opcua.decoding import Values
from andon_opcua.history import History, Missed
from andon_opcua.joining import Joint
from andon_opcua.settings import OpcUaSettings
from andon_opcua.subscription import Subscription
from andon_opcua.values import overflown, quality, times
from andon_sdk.connector import Quality, SettingsRefused, readings
from andon_sdk.connector.readings import TIME

log = logging.getLogger(__name__)


class Stream:
    def __init__(self, client: Client, settings: OpcUaSettings, tags: list[str], addresses: list[Address]) -> None:
        self._client, self._settings, self._tags, self._addresses = client, settings, tags, addresses
        self._names = pa.array(tags, pa.string())
        self._joint = Joint(len(tags))
        self._told: set[tuple[str, int]] = set()

    async def batches(self, since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """History behind `since` first, then live values. Raises what asyncua raises, and `SettingsRefused` if the
        server refuses every tag."""
        known = {place: round(since[tag].timestamp() * 1e6) for place, tag in enumerate(self._tags) if tag in since}
        self._joint.begin(np.fromiter(known, np.int64), np.fromiter(known.values(), np.int64))
        history = History(self._client, self._addresses, known if self._settings.history else {})
        async for missed in history.until_now():
            if batch := self._missed(missed):
                yield batch
        subscription = Subscription(self._client, self._settings, self._addresses)
        if batch := self._refused(await subscription.create()):
            yield batch
        async for missed in history.the_rest():
            if batch := self._missed(missed):
                yield batch
        for place, word in history.without.items():
            self._tell("no history", place, "the server gives no history (%s); the gap of the outage stays", word)
        async for parts in subscription.notifications():
            for values in parts:
                if batch := self._live(values):
                    yield batch

    def _missed(self, missed: Missed) -> pa.RecordBatch | None:
        when = times(missed.values, 0)
        rows = self._joint.history(missed.place, when)
        return self._batch(missed.place, when, missed.values, rows)

    def _live(self, values: Values) -> pa.RecordBatch | None:
        place = values.handle.astype(np.int32)
        when = times(values, time.time_ns() // 1_000)
        rows = self._joint.live(place, when)
        self._tell_of(place, values)
        return self._batch(place, when, values, rows)

    def _batch(self, place: np.ndarray, when: np.ndarray, values: Values, rows: np.ndarray) -> pa.RecordBatch | None:
        if not len(rows):
            return None
        tag = pa.DictionaryArray.from_arrays(pa.array(place[rows], pa.int32()), self._names)
        return readings(tag, pa.array(when[rows], TIME), values.value[rows], quality(values)[rows])

    def _refused(self, refused: dict[int, str]) -> pa.RecordBatch | None:
        """Says which tags the server refused: in the log, and as a bad reading of now."""
        if not refused:
            return None
        for place, word in refused.items():
            self._tell("refused", place, "the server refused it (%s)", word)
        if len(refused) == len(self._tags):
            place, word = next(iter(refused.items()))
            raise SettingsRefused(
                f"{self._settings.url} refused all {len(refused)} tags: {self._tags[place]} with {word}.", field="tags"
            )
        now = pa.array([time.time_ns() // 1_000] * len(refused), TIME)
        return readings([self._tags[place] for place in refused], now, [None] * len(refused), Quality.BAD)

    def _tell_of(self, place: np.ndarray, values: Values) -> None:
        """Once for each tag: lost changes, values that are no numbers, times that are not the source's."""
        for row, what in values.unfit.items():
            self._tell("no number", int(place[row]), "it is a %s; numbers and booleans are read", what)
        for row in np.flatnonzero(overflown(values)):
            self._tell("overflow", int(place[row]), "the server dropped changes: raise queue, or sampling%s", "")
        for row in np.flatnonzero(values.source == 0):
            clock = "the server's time" if values.server[row] else "the time it arrived"
            self._tell("time", int(place[row]), "it has no source time; %s is taken", clock)

    def _tell(self, kind: str, place: int, sentence: str, word: str) -> None:
        if (kind, place) not in self._told:
            self._told.add((kind, place))
            log.warning("%s: " + sentence, self._tags[place], word)
