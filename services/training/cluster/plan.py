"""Which assets are trained together. Depends on the assets and their rows alone: any number of workers gives the same
packs.

A block's memory is bounded by its plan. Assets of alike lengths share one, so that few rows are padding; a block closes
before its rows, or its rows padded to the longest asset, outgrow `BLOCK_BYTES`. Only an asset that is larger alone is
not held to that.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from services.fleet.prepare import SplitSettings

BLOCK = 64
SMALLEST = 8
BLOCK_BYTES = 256 << 20
"""Of a block's rows in eight bytes a value. Loading and preparing it takes a small multiple of that."""
_ALIKE = 3
"""Assets of a block differ in length by less than 2 to the power of this and one."""
_SPLIT = SplitSettings()
_MOST_ROWS = _SPLIT.max_train_rows + _SPLIT.max_calibration_rows + _SPLIT.max_held_out_rows
"""Rows of an asset that are left at most once it is prepared."""


def blocks_of(rows: Sequence[int], signals: int) -> list[tuple[int, ...]]:
    """Positions of each block's assets, which have so many `rows` each: `BLOCK` in a fleet of assets with few rows;
    halves in a small run, for two workers to share. Assets of alike lengths stay in their order."""
    assets = len(rows)
    if assets <= SMALLEST:
        size = max(assets, 1)
    elif assets <= 2 * BLOCK:
        size = -(-assets // 2)
    else:
        size = BLOCK
    return list(_filled(np.asarray(rows, np.int64), size, BLOCK_BYTES // (8 * max(signals, 1))))


def _filled(rows: np.ndarray, size: int, most: int) -> Iterator[tuple[int, ...]]:
    """Blocks of at most `size` assets and `most` rows, the longest first."""
    _, magnitude = np.frexp(np.clip(rows, _SPLIT.min_rows, _MOST_ROWS))
    width = np.minimum(rows, _MOST_ROWS)
    block: list[int] = []
    held = widest = 0
    for position in np.argsort(-magnitude, kind="stable").tolist():
        count = int(rows[position])
        wide = max(widest, int(width[position]))
        fits = len(block) < size and held + count <= most and (len(block) + 1) * wide <= most
        if block and not (fits and magnitude[block[0]] - magnitude[position] <= _ALIKE):
            yield tuple(block)
            block, held, wide = [], 0, int(width[position])
        block.append(position)
        held, widest = held + count, wide
    if block:
        yield tuple(block)


def share_of(blocks: int, worker: int, workers: int) -> range:
    """Numbers of one worker's blocks: neighbours, since neighbours lie in the same part of the snapshot."""
    return range(blocks * worker // workers, blocks * (worker + 1) // workers)
