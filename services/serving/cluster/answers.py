"""Scores of a block as the Arrow batch that travels the stream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from services.fleet.score import ScoreBlock
from services.kernel.wire import SCORE_SCHEMA, TOP_SIGNALS


@dataclass(frozen=True, slots=True)
class Part:
    """What one shelf says about one batch."""

    rows: np.ndarray
    """int64 [n]: rows of the batch."""
    slots: np.ndarray
    """int64 [n]: which of `versions` answered each."""
    versions: pa.Array
    """utf8: of all slots."""
    block: ScoreBlock


def answers(batch: pa.RecordBatch, parts: Sequence[Part], role: int, facts: Mapping[str, str]) -> pa.RecordBatch | None:
    """A batch of `SCORE_SCHEMA`, its metadata `facts`; None where no row is answered."""
    parts = [part for part in parts if len(part.rows)]
    if not parts:
        return None
    rows = np.concatenate([part.rows for part in parts])
    top = np.concatenate([part.block.top for part in parts])
    columns = {
        "asset": _assets(batch, rows),
        "time": batch.column("time").take(pa.array(rows)),
        "version": _versions(parts),
        "role": pa.array(np.full(len(rows), role, np.int8)),
        "route": pa.array(_joined(parts, "route")),
        "value": _numbers(_joined(parts, "value")),
        "raw": _numbers(_joined(parts, "raw")),
        "threshold": _numbers(_joined(parts, "threshold")),
        "coverage": pa.array(_joined(parts, "coverage")),
        "expected_loss": pa.array(_joined(parts, "expected_loss")),
        "missing": _missing(parts),
        "top": _triples(pa.array(top.ravel(), pa.int16(), mask=top.ravel() < 0)),
        "share": _triples(pa.array(_joined(parts, "share").ravel(), pa.float32())),
    }
    arrays = [columns[field.name].cast(field.type) for field in SCORE_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCORE_SCHEMA.with_metadata(dict(facts)))


def _joined(parts: Sequence[Part], name: str) -> np.ndarray:
    return np.concatenate([getattr(part.block, name) for part in parts])


def _assets(batch: pa.RecordBatch, rows: np.ndarray) -> pa.Array:
    """Only the assets that are answered, or a message of one row would carry the names of ten thousand."""
    column = batch.column("asset")
    used, indices = np.unique(column.indices.to_numpy()[rows], return_inverse=True)
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32)), column.dictionary.take(pa.array(used)))


def _versions(parts: Sequence[Part]) -> pa.Array:
    """Only those that answered."""
    first = np.cumsum([0, *(len(part.versions) for part in parts)])
    slots = np.concatenate([part.slots + start for part, start in zip(parts, first, strict=False)])
    used, indices = np.unique(slots, return_inverse=True)
    names = pa.chunked_array([part.versions for part in parts]).take(pa.array(used)).combine_chunks()
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32)), names)


def _numbers(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float32(), mask=np.isnan(values))


def _missing(parts: Sequence[Part]) -> pa.Array:
    counts = np.concatenate([(~part.block.used).sum(axis=1) for part in parts])
    positions = np.concatenate([np.nonzero(~part.block.used)[1] for part in parts])
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(positions.astype(np.int16)))


def _triples(values: pa.Array) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(values, TOP_SIGNALS)
