"""Leaving out readings that say nothing new."""

import numpy as np

from andon_sdk.edge.channels import Channels


class DeadBand:
    """A reading is kept when it lies further than the channel's dead-band from the last kept one, when that is
    `silence_us` old, or when either of both is bad. Arrays are [channels]."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        count = len(channels.tags)
        self.time = np.full(count, np.iinfo(np.int64).min, np.int64)
        """Of the last kept reading, µs; the smallest number where there is none."""
        self.value = np.full(count, np.nan)

    def keep(self, channel: np.ndarray, time: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Which readings to keep, bool [readings]; they come sorted by channel and time.

        A pass for the first reading of every channel, one for the second, and so on: what is kept decides what is
        compared with, so readings of one channel go one after the other, those of different ones together.
        """
        kept = np.ones(len(channel), bool)
        judged = np.flatnonzero(self._channels.dead_band[channel] > 0)
        if not len(judged):
            return kept
        of = channel[judged]
        begins = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
        counts = np.diff(np.r_[begins, len(of)])
        for turn in range(int(counts.max())):
            rows = judged[begins[counts > turn] + turn]
            c, t, v = channel[rows], time[rows], value[rows]
            age = np.where(self.time[c] == np.iinfo(np.int64).min, np.iinfo(np.int64).max, t - self.time[c])
            near = np.abs(v - self.value[c]) <= self._channels.dead_band[c]  # not a number is near to nothing
            both_bad = np.isnan(v) & np.isnan(self.value[c])
            keep = ~((near | both_bad) & (age < self._channels.silence_us[c]))
            kept[rows] = keep
            self.time[c[keep]], self.value[c[keep]] = t[keep], v[keep]
        return kept
