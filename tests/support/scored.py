"""What a scorer that is alone and never stopped would have answered, to compare others with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from services.fleet.score import Entry
from services.kernel import subjects, wire
from services.serving.cluster.book import Block, Book, Shelf


async def undisturbed(
    scene: Any, pack: Any, champions: Sequence[Any], sequences: Sequence[int]
) -> list[pa.RecordBatch]:
    """Scores of the messages by a scorer that sees one after the other and is never stopped."""
    blueprint = scene.offered[pack.blueprint_key].blueprint
    entries = [
        Entry(str(model.version), str(asset), pack, model.index, blueprint)
        for asset, model in zip(scene.assets, champions, strict=True)
    ]
    book = Book([Shelf(scene.contract, entries)])
    found = []
    for sequence in sequences:
        raw = await scene.js.get_msg(subjects.READINGS_STREAM, seq=sequence, direct=True)
        found += book.score([Block(sequence, scene.contract.id, wire.decode(raw.data))], wire.ROLE_CHAMPION)
    return found


def by_row(batches: Sequence[Any]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """(asset, time) → (route, value, raw) of tables or batches."""
    rows = [row for batch in batches for row in batch.select(["asset", "time", "route", "value", "raw"]).to_pylist()]
    found = {(row["asset"], row["time"]): (row["route"], row["value"], row["raw"]) for row in rows}
    assert len(found) == len(rows), "a row was answered twice"
    return found


def same(found: dict[tuple[Any, ...], tuple[Any, ...]], expected: dict[tuple[Any, ...], tuple[Any, ...]]) -> None:
    assert found.keys() == expected.keys()
    mine = np.array([found[row] for row in expected], float)
    theirs = np.array([expected[row] for row in expected], float)
    np.testing.assert_array_equal(mine[:, 0], theirs[:, 0])
    np.testing.assert_allclose(mine, theirs, rtol=2e-6, atol=1e-7)


def once_each(scores: pa.Table, rows: int) -> None:
    """Every row has one score."""
    assert scores.num_rows == rows
    pairs = set(zip(scores["asset"].to_pylist(), scores["time"].to_pylist(), strict=True))
    assert len(pairs) == rows
