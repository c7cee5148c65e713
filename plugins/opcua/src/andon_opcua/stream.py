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
from andon_opcua.decoding import Malformed, Values
from andon_opcua.history import FAR, History, Missed
from andon_opcua.joining import Joint
from andon_opcua.settings import OpcUaSettings
from andon_opcua.subscription import Subscription
from andon_opcua.values import overflown, quality, times
from andon_sdk.connector import Quality, SettingsRefused, readings
from andon_sdk.connector.readings import TIME

log = logging.getLogger(__name__)
NAMED = 3
"""Tags that a line of the log names; of the rest it says how many."""


class Stream:
    def __init__(self, client: Client, settings: OpcUaSettings, tags: list[str], addresses: list[Address]) -> None:
        self._client, self._settings, self._tags, self._addresses = client, settings, tags, addresses
        self._names = pa.array(tags, pa.string())
        self._joint = Joint(len(tags))
        self._told: dict[str, np.ndarray] = {}

    async def batches(self, since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        """History behind `since` first, then live values. Raises what asyncua raises, and `SettingsRefused` if the
        server refuses every tag."""
        known = self._known(since)
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
        for word, places in _by_word(history.without).items():
            self._tell(f"no history given ({word}); the gap of the outage stays", places)
        async for parts in subscription.notifications():
            for values in parts:
                if batch := self._live(values):
                    yield batch

    def _known(self, since: Mapping[str, datetime]) -> dict[int, int]:
        """The newest kept time by place, µs since 1970; without those that a wrong clock put into the future, behind
        which nothing would ever be new."""
        latest = (time.time() + FAR.total_seconds()) * 1e6
        known = {place: round(since[tag].timestamp() * 1e6) for place, tag in enumerate(self._tags) if tag in since}
        ahead = [place for place, newest in known.items() if newest > latest]
        self._tell("its newest kept value is from the future; the gap of the outage stays", ahead)
        return {place: newest for place, newest in known.items() if newest <= latest}

    def _missed(self, missed: Missed) -> pa.RecordBatch | None:
        when = times(missed.values, 0)
        rows = self._joint.history(missed.place, when)
        return self._batch(missed.place, when, missed.values, rows)

    def _live(self, values: Values) -> pa.RecordBatch | None:
        if len(values) and values.handle.max() >= len(self._tags):
            raise Malformed(f"a value of item {values.handle.max()}, which nobody asked for")
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
        for word, places in _by_word(refused).items():
            self._tell(f"refused by the server ({word})", places)
        if len(refused) == len(self._tags):
            place, word = next(iter(refused.items()))
            raise SettingsRefused(
                f"{self._settings.url} refused all {len(refused)} tags: {self._tags[place]} with {word}.", field="tags"
            )
        now = pa.array([time.time_ns() // 1_000] * len(refused), TIME)
        return readings([self._tags[place] for place in refused], now, [None] * len(refused), Quality.BAD)

    def _tell_of(self, place: np.ndarray, values: Values) -> None:
        """Once for each tag: lost changes, values that are no numbers, times that are not the source's."""
        for word, rows in _by_word(values.unfit).items():
            self._tell(f"{word} in place of a number or boolean", place[rows])
        self._tell("the server dropped changes: raise queue, or sampling", place[overflown(values)])
        untimed = values.source == 0
        self._tell("no source time; the server's is taken", place[untimed & (values.server != 0)])
        self._tell("no time at all; that of arrival is taken", place[untimed & (values.server == 0)])

    def _tell(self, what: str, places: np.ndarray | list[int]) -> None:
        """One line of the log for all tags of which that was not said before."""
        if not len(places):
            return
        told = self._told.setdefault(what, np.zeros(len(self._tags), bool))
        new = np.unique(np.asarray(places)[~told[places]])
        if len(new):
            told[new] = True
            named = ", ".join(self._tags[place] for place in new[:NAMED])
            log.warning("%s%s: %s", named, f" and {len(new) - NAMED} more" if len(new) > NAMED else "", what)


def _by_word(words: dict[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, word in words.items():
        found.setdefault(word, []).append(place)
    return found
