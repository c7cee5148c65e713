"""Blocks cover every asset once, the same for any number of workers, and bound the memory of who trains them."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from services.fleet.prepare import FleetRows, prepare
from services.training.cluster import plan
from services.training.cluster.plan import blocks_of, share_of

MIXED = [300] * 63 + [300_000]
COPIES = 4
"""Arrays of a block's size that are held at once while it is prepared, at the most."""


@pytest.mark.parametrize(
    ("assets", "sizes"),
    [(0, []), (1, [1]), (8, [8]), (24, [12, 12]), (25, [13, 12]), (128, [64, 64]), (129, [64, 64, 1])],
)
def test_assets_of_one_length_stay_in_their_order(assets: int, sizes: list[int]) -> None:
    blocks = blocks_of([400] * assets, 16)
    assert [len(block) for block in blocks] == sizes
    assert [position for block in blocks for position in block] == list(range(assets))


@pytest.mark.parametrize(("blocks", "workers"), [(0, 2), (1, 2), (2, 2), (5, 2), (157, 8)])
def test_shares_cover_every_block_once(blocks: int, workers: int) -> None:
    shares = [share_of(blocks, worker, workers) for worker in range(workers)]
    assert [number for share in shares for number in share] == list(range(blocks))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@tries(max_examples=60, deadline=None)
@given(rows=st.lists(st.integers(0, 400_000), max_size=200), signals=st.integers(1, 300))
def test_blocks_cover_every_asset_once_within_their_bytes(rows: list[int], signals: int) -> None:
    blocks = blocks_of(rows, signals)
    assert sorted(position for block in blocks for position in block) == list(range(len(rows)))
    for block in blocks:
        held = [rows[position] for position in block]
        assert len(block) <= plan.BLOCK
        assert len(block) == 1 or sum(held) * signals * 8 <= plan.BLOCK_BYTES
        assert max(min(max(held), 9216), 100) < 16 * max(min(held), 100)


def test_a_long_history_is_alone_among_short_ones() -> None:
    assert blocks_of(MIXED, 16) == [(63,), tuple(range(32)), tuple(range(32, 63))]
    long = blocks_of([300_000] * 64, 16)  # 38.4 MB each
    assert [len(block) for block in long] == [6] * 10 + [4]
    assert [position for block in long for position in block] == list(range(64))


def test_preparing_a_block_takes_a_multiple_of_its_rows_and_not_of_its_longest_asset() -> None:
    signals = 4
    for block in blocks_of(MIXED, signals):
        counts = np.array([MIXED[position] for position in block])
        offsets = np.concatenate([[0], np.cumsum(counts)])
        values = np.random.default_rng(0).normal(size=(counts.sum(), signals))
        rows = FleetRows(tuple(map(str, block)), offsets, values)
        tracemalloc.start()
        prepared = prepare(rows, np.zeros(signals, bool))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert prepared.failures == ()
        assert prepared.train.x.shape == (len(block), min(int(counts[0] * 0.675) + 1, 4096), signals)
        assert peak <= COPIES * values.nbytes
