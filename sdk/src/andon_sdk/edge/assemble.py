"""From single readings to rows of a contract.

A row of an asset gathers the readings of one slot. With rows of a *period*, a slot is the time nearer to one multiple
of the contract's period than to any other; with rows of a *time*, it is one source time. Within a slot the newest
reading of a signal counts, and the row has the newest source time of its readings. A slot is closed once a reading came
that lies `wait_us` behind its end, or nothing came for its asset that long; what comes later is a row of its own.
A bad reading leaves its signal empty, and so does none, unless the value before it is held.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from andon_sdk.connector.readings import TIME
from andon_sdk.edge.channels import US, Channels, Taken
from andon_sdk.edge.deadband import DeadBand

NEVER = np.iinfo(np.int64).min


@dataclass(slots=True)
class Counts:
    """What became of readings. taken = used + unmapped + again + in_dead_band + superseded + bad + open."""

    taken: int = 0
    used: int = 0
    """Stand in a row."""
    unmapped: int = 0
    """Of tags that nobody asked for."""
    again: int = 0
    """The source told the same reading twice."""
    in_dead_band: int = 0
    superseded: int = 0
    """A newer one of the same slot counts."""
    bad: int = 0
    late: int = 0
    """Came after their row was closed, and stand in one of their own; counted as used too."""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """Readings of slots that are not closed: [readings] each, sorted by channel and time."""

    channel: np.ndarray
    time: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.channel)


class Assembler:
    """Of one source. `by_time`: rows of a time, so that none waits for another batch."""

    def __init__(self, channels: Channels, *, by_time: bool, wait_us: int) -> None:
        self.channels, self.by_time, self.wait_us = channels, by_time, wait_us
        self.counts = Counts()
        self.dead_band = DeadBand(channels)
        self.newest = np.full(len(channels.tags), NEVER, np.int64)
        """Source time of the newest reading that came of each channel."""
        self.held_time = self.newest.copy()
        self.held_value = np.full(len(channels.tags), np.nan)
        self.closed = np.full(len(channels.groups), NEVER, np.int64)
        """The newest slot of each asset that is closed."""
        self.open = Open(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        self._arrived = np.zeros(len(channels.groups))
        periods = [channels.layouts[contract].period_us for contract, _ in channels.groups]
        of = np.array([channels.groups[group][0] for group in channels.group.tolist()], object)
        self._holds = {contract: bool(channels.hold_us[of == contract].any()) for contract in channels.layouts}
        self._period = np.ones(len(periods), np.int64) if by_time else np.array(periods, np.int64)

    def take(self, batch: pa.RecordBatch, now: float) -> dict[str, pa.RecordBatch]:
        """Takes a batch of readings in; gives the rows that are whole by it, for each contract. `now` is monotonic."""
        taken = self.channels.take(batch)
        self.counts.taken += len(taken.channel) + taken.unmapped
        self.counts.unmapped += taken.unmapped
        channel, time, value = self._news(taken)
        if len(channel):
            np.maximum.at(self.newest, channel, time)
            self._arrived[self.channels.group[channel]] = now
            keep = self.dead_band.keep(channel, time, value)
            self.counts.in_dead_band += int(np.count_nonzero(~keep))
            new = (channel[keep], time[keep], value[keep])
            old = (self.open.channel, self.open.time, self.open.value)
            whole = [np.concatenate(pair) for pair in zip(old, new, strict=True)] if len(self.open) else list(new)
            if len(self.open):
                order = np.lexsort((whole[1], whole[0]))
                whole = [each[order] for each in whole]
            self.open = Open(*whole)
        return self.close(now)

    def _news(self, taken: Taken) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sorted by channel and time, without what the source told before."""
        order = np.lexsort((taken.time, taken.channel))
        channel, time, value = taken.channel[order], taken.time[order], taken.value[order]
        fresh = time != self.newest[channel]
        fresh[1:] &= (channel[1:] != channel[:-1]) | (time[1:] != time[:-1])
        self.counts.again += int(np.count_nonzero(~fresh))
        return channel[fresh], time[fresh], value[fresh]

    def close(self, now: float, *, everything: bool = False) -> dict[str, pa.RecordBatch]:
        """The rows of slots that are over; of all slots with `everything`."""
        if not len(self.open):
            return {}
        group = self.channels.group[self.open.channel]
        slot = self._slots(group, self.open.time)
        over = np.ones(len(self.open), bool)
        if not (everything or self.by_time):
            newest = np.full(len(self.channels.groups), NEVER, np.int64)
            np.maximum.at(newest, self.channels.group, self.newest)
            end = slot * self._period[group] + self._period[group] // 2
            waited = (now - self._arrived[group]) * US >= self._period[group] + self.wait_us
            over = (end + self.wait_us <= newest[group]) | waited
            if not over.any():
                return {}
        return self._rows(over, group, slot)

    def _slots(self, group: np.ndarray, time: np.ndarray) -> np.ndarray:
        return time if self.by_time else (time + self._period[group] // 2) // self._period[group]

    def _rows(self, over: np.ndarray, group: np.ndarray, slot: np.ndarray) -> dict[str, pa.RecordBatch]:
        open_ = self.open
        order = np.lexsort((slot, group))  # stable: within a row they stay sorted by channel and time
        order = order if over.all() else order[over[order]]
        self.open = Open(open_.channel[~over], open_.time[~over], open_.value[~over])
        g, s, c = group[order], slot[order], open_.channel[order]
        last = np.r_[(g[1:] != g[:-1]) | (s[1:] != s[:-1]) | (c[1:] != c[:-1]), True] if len(order) else over[:0]
        self.counts.superseded += int(np.count_nonzero(~last))
        self.counts.late += int(np.count_nonzero(s[last] <= self.closed[g[last]]))
        g, s, c, order = g[last], s[last], c[last], order[last]
        time, value = open_.time[order], open_.value[order]
        rows: dict[str, pa.RecordBatch] = {}
        contract_of = np.array([contract for contract, _ in self.channels.groups], object)
        for contract in self.channels.layouts:
            mine = contract_of[g] == contract
            batch = self._rows_of(contract, g[mine], s[mine], c[mine], time[mine], value[mine])
            if batch is not None and batch.num_rows:
                rows[contract] = batch
                self.counts.rows += batch.num_rows
        bad = int(np.count_nonzero(np.isnan(value)))
        self.counts.bad += bad
        self.counts.used += len(value) - bad
        np.maximum.at(self.closed, g, s)
        return rows

    def _rows_of(
        self, contract: str, g: np.ndarray, s: np.ndarray, c: np.ndarray, time: np.ndarray, value: np.ndarray
    ) -> pa.RecordBatch | None:
        """Rows of one contract from readings that are sorted by asset, slot and channel, one for each."""
        if not len(g):
            return None
        layout = self.channels.layouts[contract]
        begins = np.r_[True, (g[1:] != g[:-1]) | (s[1:] != s[:-1])]
        row = np.cumsum(begins) - 1
        first = np.flatnonzero(begins)
        row_group, row_time = g[first], np.maximum.reduceat(time, first)
        values = np.full((len(first), len(layout.columns)), np.nan)
        times = np.full(values.shape, NEVER, np.int64)
        values[row, self.channels.column[c]] = value
        times[row, self.channels.column[c]] = time
        self._hold(contract, row_group, row_time, values, times)
        filled = ~np.isnan(values).all(axis=1)
        order = np.lexsort((row_group[filled], row_time[filled]))
        row_group, row_time, values = row_group[filled][order], row_time[filled][order], values[filled][order]
        keys = pa.array([asset for _, asset in self.channels.groups], pa.string())
        columns = [keys.take(pa.array(row_group)), pa.array(row_time).cast(TIME)]
        columns += [pa.array(column, mask=np.isnan(column)) for column in np.ascontiguousarray(values.T)]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema(contract))

    def schema(self, contract: str) -> pa.Schema:
        """Of the rows: asset, time, a column for each mapped signal, with its unit where it is not the contract's."""
        layout = self.channels.layouts[contract]
        signals = [
            pa.field(key, pa.float64(), metadata={"unit": layout.units[key]} if key in layout.units else None)
            for key in layout.columns
        ]
        return pa.schema([("asset", pa.string()), ("time", TIME), *signals])

    def _hold(
        self, contract: str, group: np.ndarray, row_time: np.ndarray, values: np.ndarray, times: np.ndarray
    ) -> None:
        """Fills what is missing with the value before it, where that is held and no older than it may be; then
        remembers the newest of each channel. Rows are sorted by asset and time."""
        if not self._holds[contract]:
            return
        mine = np.flatnonzero(np.isin(self.channels.group, np.unique(group)))
        channel_of = np.full((len(self.channels.groups), values.shape[1]), -1, np.int64)
        channel_of[self.channels.group[mine], self.channels.column[mine]] = mine
        channel = channel_of[group]
        present = times != NEVER
        source = np.maximum.accumulate(np.where(present, np.arange(len(group))[:, None], -1), axis=0)
        first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        first_row = np.repeat(first, np.diff(np.r_[first, len(group)]))
        within = source >= first_row[:, None]
        columns = np.arange(values.shape[1])[None, :]
        before_time = np.where(within, times[source, columns], self.held_time[channel])
        before = np.where(within, values[source, columns], self.held_value[channel])
        known = (before_time != NEVER) & (before_time <= row_time[:, None]) & (channel >= 0)
        age = row_time[:, None] - np.where(known, before_time, row_time[:, None])
        fill = ~present & known & (age <= self.channels.hold_us[channel])
        values[fill] = before[fill]
        at, column = np.nonzero(present)
        touched = channel[at, column]
        newer = times[at, column] >= self.held_time[touched]
        # Rows are in order of time within an asset, so of several assignments to one channel the last is the newest.
        self.held_time[touched[newer]] = times[at, column][newer]
        self.held_value[touched[newer]] = values[at, column][newer]
