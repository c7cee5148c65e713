"""Which tags feed which signals, as arrays. A channel is one tag in one signal of one asset."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from andon_sdk.connector import Quality
from andon_sdk.edge.config import AssetPart, SignalPart

US = 1_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """What rows of a contract look like: its period, and the signals this source maps, in the contract's order."""

    period_us: int
    columns: tuple[str, ...]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taken:
    """Readings of channels: int64 [readings], µs since 1970 [readings], float64 [readings] with NaN for bad ones."""

    channel: np.ndarray
    time: np.ndarray
    value: np.ndarray
    unmapped: int = 0


@dataclass(slots=True)
class Channels:
    """All arrays are [channels] unless said."""

    names: list[str]
    """`contract/asset/signal`."""
    tags: list[str]
    group: np.ndarray
    """Number of its (contract, asset)."""
    column: np.ndarray
    """Number of its signal among its contract's columns."""
    scale: np.ndarray
    offset: np.ndarray
    dead_band: np.ndarray
    silence_us: np.ndarray
    hold_us: np.ndarray
    groups: list[tuple[str, str]]
    """(contract, asset) of each group."""
    layouts: dict[str, Layout]
    _of_tag: dict[str, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        found: dict[str, list[int]] = {}
        for number, tag in enumerate(self.tags):
            found.setdefault(tag, []).append(number)
        self._of_tag = {tag: np.array(numbers, np.int64) for tag, numbers in found.items()}

    @property
    def wanted(self) -> list[str]:
        """The tags to stream, each once."""
        return list(self._of_tag)

    def take(self, batch: pa.RecordBatch) -> Taken:
        """The readings of a batch, scaled, once for each channel that its tag feeds."""
        tag = batch.column("tag")
        fed = [self._of_tag.get(name, _NONE) for name in tag.dictionary.to_pylist()]
        counts = np.fromiter((len(each) for each in fed), np.int64, len(fed))
        starts = np.cumsum(counts) - counts
        flat = np.concatenate(fed) if fed else _NONE
        position = tag.indices.to_numpy()
        repeats = counts[position] if fed else np.zeros(len(position), np.int64)
        rows = np.repeat(np.arange(len(position)), repeats)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        channel = flat[starts[position[rows]] + within] if len(rows) else _NONE
        value = batch.column("value").to_numpy(zero_copy_only=False)
        value = np.where(batch.column("quality").to_numpy() == Quality.BAD, np.nan, value)[rows]
        time = batch.column("time").cast(pa.int64()).to_numpy()[rows]
        scaled = value * self.scale[channel] + self.offset[channel]
        return Taken(channel, time, scaled, int(np.count_nonzero(repeats == 0)))


_NONE = np.empty(0, np.int64)


def channels(parts: tuple[AssetPart, ...], layouts: Mapping[str, Layout]) -> Channels:
    """The channels of a source's assets. `layouts` has every contract of theirs."""
    groups = [(part.contract, part.asset) for part in parts]
    flat: list[tuple[int, AssetPart, str, SignalPart]] = [
        (number, part, key, signal) for number, part in enumerate(parts) for key, signal in part.signals.items()
    ]
    signals = [signal for *_, signal in flat]

    def floats(values: list[float]) -> np.ndarray:
        return np.array(values, np.float64)

    def micros(values: list[float]) -> np.ndarray:
        return np.array([round(value * US) for value in values], np.int64)

    return Channels(
        names=[f"{part.contract}/{part.asset}/{key}" for _, part, key, _ in flat],
        tags=[signal.tag for signal in signals],
        group=np.array([number for number, *_ in flat], np.int64),
        column=np.array([layouts[part.contract].columns.index(key) for _, part, key, _ in flat], np.int64),
        scale=floats([signal.scale for signal in signals]),
        offset=floats([signal.offset for signal in signals]),
        dead_band=floats([signal.dead_band for signal in signals]),
        silence_us=micros([signal.silence_s for signal in signals]),
        hold_us=micros([signal.hold_s for signal in signals]),
        groups=groups,
        layouts=dict(layouts),
    )
