"""What a capsule is made of, read from the tenant's history and bucket. Blocks on the object store."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
import pyarrow as pa

from services.assets.contracts import Asset, ContractVersion
from services.capsules.errors import CapsuleTooLarge, ModelGone, ScoreNotFound
from services.capsules.reach import Reach, Settings, from_the_beginning, reach
from services.enclaves.platform import Bucket
from services.fleet.capsule import (
    ANSWERS,
    MOST_BYTES,
    MOST_ROWS,
    ROWS,
    SEQUENCE,
    Capsule,
    model_ranges,
    write_table,
)
from services.kernel import subjects, wire
from services.readings.history import between, tables
from services.registry.contracts import ModelVersion

_SPANS = (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=64), None)
"""How far back rows are looked for, until they are enough; None is all of the history."""
_AHEAD = timedelta(days=1)
"""Rows may have come before others of an earlier time, by as much."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The score, and all that the database knows of it."""

    asset: Asset
    time: datetime
    version: UUID
    role: int
    versions: Mapping[UUID, ModelVersion]
    """Every version of the asset."""
    contracts: Mapping[int, ContractVersion]
    """Of the asset's contract, by version."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """All scores of the asset in a range, in the order in which rows were scored, and the places of its rows."""

    scores: pl.DataFrame
    """As the history has them, with `place`: which row each is about."""
    rows: pl.DataFrame
    """`time` and `sequence` of each row, up to the judged one."""


def gather(bucket: Bucket, wanted: Wanted) -> Capsule:
    """Raises `ScoreNotFound`, `CapsuleTooLarge`, `ModelGone`, `HistoryUnavailable`."""
    packs: dict[str, dict[str, Any]] = {}
    for span in _SPANS:
        found = _answered(bucket, wanted, span)
        reaches = _reaches(bucket, wanted, found, packs, whole=span is None)
        if reaches is not None:
            return _capsule(bucket, wanted, found, reaches, packs)
    raise AssertionError("all of the history is enough")


def _answered(bucket: Bucket, wanted: Wanted, span: timedelta | None) -> _Answered:
    """Of rows so far back. Raises `ScoreNotFound`."""
    gone = ScoreNotFound("There is no such score: this version did not answer a row of the asset at that time.")
    frame = tables.scan(bucket, subjects.scores_table(wanted.asset.contract_id))
    readings = tables.scan(bucket, subjects.history_table(wanted.asset.contract_id))
    if frame is None or readings is None:
        raise gone
    mine = pl.col("asset").cast(pl.String) == str(wanted.asset.id)
    if span is not None:
        frame, readings = (between(each, wanted.time - span, wanted.time + _AHEAD) for each in (frame, readings))
    scores = frame.filter(mine)
    if "sequence" not in scores.collect_schema():
        scores = scores.with_columns(sequence=pl.lit(None, pl.Int64))
    scores = scores.select(*wire.SCORE_SCHEMA.names, "sequence").with_columns(pl.col("version").cast(pl.String))
    found = scores.collect()
    times = readings.filter(mine).select("time").collect()
    rows = times.join(found.group_by("time").agg(pl.col("sequence").max()), on="time", how="left").sort("time")
    rows = rows.with_columns(order=pl.col("sequence").forward_fill().fill_null(0)).sort("order", "time")
    judged = (found["time"] == wanted.time) & (found["version"] == str(wanted.version)) & (found["role"] == wanted.role)
    times = rows["time"].to_list()
    if not judged.any() or wanted.time not in times:
        raise gone
    place = times.index(wanted.time)
    rows = rows.head(place + 1).with_row_index("place").select("place", "time", "sequence")
    return _Answered(found.join(rows.select("time", "place"), on="time").sort("place"), rows)


def _reaches(
    bucket: Bucket, wanted: Wanted, found: _Answered, packs: dict[str, dict[str, Any]], *, whole: bool
) -> dict[tuple[str, int], Reach] | None:
    """Of every version that answered the judged row, by version and role; None where the range is too short."""
    last = len(found.rows) - 1
    result: dict[tuple[str, int], Reach] = {}
    for version, role in found.scores.filter(pl.col("place") == last).select("version", "role").iter_rows():
        model = wanted.versions.get(UUID(version))
        if model is None:
            raise ModelGone("The version that gave the score is not in the registry any more.")
        places = {
            "scored": _places(found, (pl.col("version") == version) & (pl.col("role") == role)),
            "answered": _places(
                found, (pl.col("version") == version) & (pl.col("role") == role) & pl.col("value").is_not_null()
            ),
            "beside": _places(found, pl.col("version").is_in(_alike(wanted, model)) & (pl.col("role") == role)),
        }
        settings = _settings(_manifest(bucket, model.artefact_digest, packs))
        mine = reach(**places, settings=settings)
        if mine is None and not whole and last < MOST_ROWS:
            return None
        mine = mine or from_the_beginning(places["scored"], places["beside"], settings)
        result[version, role] = mine
        if last - min(mine.first, *mine.before, last) >= MOST_ROWS:
            raise CapsuleTooLarge(
                f"The score depends on more than {MOST_ROWS:,} rows before it, for its running median waits for rows "
                "that can be answered. Open a score before the gap.",
                limit=MOST_ROWS,
            )
    return result


def _places(found: _Answered, which: pl.Expr) -> np.ndarray:
    """bool [rows]"""
    result = np.zeros(len(found.rows), bool)
    result[found.scores.filter(which)["place"].to_numpy()] = True
    return result


def _alike(wanted: Wanted, model: ModelVersion) -> list[str]:
    """Versions that read the same version of the contract."""
    agreed = model.lineage.contract_version
    return [str(id_) for id_, one in wanted.versions.items() if one.lineage.contract_version == agreed]


def _settings(plain: Mapping[str, Any]) -> Settings:
    return Settings(plain["threshold"]["smooth_rows"], plain["history_rows"], plain["return_rows"])


def _manifest(bucket: Bucket, digest: str, packs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if digest not in packs:
        packs[digest] = json.loads(_read(bucket, digest, "manifest.json"))
    return packs[digest]


def _read(bucket: Bucket, digest: str, name: str, start: int = 0, length: int = 0) -> bytes:
    from minio.error import S3Error  # noqa: PLC0415

    try:
        response = bucket.client.get_object(
            bucket.name, subjects.artefact_object(digest, name), offset=start, length=length
        )
    except S3Error as error:
        if error.code == "NoSuchKey":
            raise ModelGone("The tensors of the version that gave the score are not in the bucket any more.") from error
        raise
    try:
        return response.read()
    finally:
        response.close()
        response.release_conn()


def _capsule(
    bucket: Bucket,
    wanted: Wanted,
    found: _Answered,
    reaches: Mapping[tuple[str, int], Reach],
    packs: dict[str, dict[str, Any]],
) -> Capsule:
    last = len(found.rows) - 1
    first = min(min(one.first, *one.before, last) for one in reaches.values())
    rows = found.rows.slice(first)
    files = {
        ROWS: write_table(_readings(bucket, wanted, rows)),
        ANSWERS: write_table(_answers(found.scores, reaches, first)),
    }
    models: list[dict[str, Any]] = []
    for (version, role), one in reaches.items():
        model = wanted.versions[UUID(version)]
        models.append(_model(wanted, found, model, role, one, first))
        plain = _manifest(bucket, model.artefact_digest, packs)
        folder = f"models/{version}/"
        files[folder + "manifest.json"] = _read(bucket, model.artefact_digest, "manifest.json")
        for name, (start, length) in model_ranges(plain, model.index).items():
            files[folder + name] = _read(bucket, model.artefact_digest, name, start, length)
    size = sum(map(len, files.values()))
    if size > MOST_BYTES:
        raise CapsuleTooLarge(
            f"The capsule would have {size:,} bytes, {MOST_BYTES:,} are allowed.", limit=MOST_BYTES, bytes=size
        )
    manifest = {
        "score": {
            "asset": str(wanted.asset.id),
            "asset_key": wanted.asset.key,
            "asset_title": wanted.asset.title,
            "time": wanted.time.isoformat(),
            "version": str(wanted.version),
            "role": wanted.role,
        },
        "models": models,
        "rows": last - first + 1,
    }
    return Capsule.of(manifest, files)


def _model(wanted: Wanted, found: _Answered, model: ModelVersion, role: int, one: Reach, first: int) -> dict[str, Any]:
    lineage = model.lineage
    agreed = wanted.contracts[lineage.contract_version]
    return {
        "version": str(model.id),
        "number": model.number,
        "role": role,
        "digest": model.artefact_digest,
        "index": model.index,
        "blueprint": lineage.blueprint,
        "blueprint_version": lineage.blueprint_version,
        "plugin": {"name": lineage.plugin, "digest": lineage.plugin_digest},
        "environment": dict(lineage.environment),
        "run": str(lineage.run_id),
        "snapshot": lineage.snapshot_digest,
        "seed": lineage.seed,
        "contract": {
            "id": str(lineage.contract_id),
            "key": agreed.contract.key,
            "version": agreed.version,
            "signals": [signal.key for signal in agreed.contract.signals],
            "units": [signal.unit for signal in agreed.contract.signals],
            "importance": [signal.importance.value for signal in agreed.contract.signals],
        },
        "begins": one.begins,
        "first": one.first - first,
        "rows": len(found.rows) - one.first,
        "before": [place - first for place in one.before],
    }


def _readings(bucket: Bucket, wanted: Wanted, rows: pl.DataFrame) -> pa.Table:
    """The rows as they are in the history, in the order in which they were scored; float64, null where missing."""
    frame = tables.scan(bucket, subjects.history_table(wanted.asset.contract_id))
    assert frame is not None
    earliest, latest = rows["time"].min(), rows["time"].max()
    assert isinstance(earliest, datetime)
    assert isinstance(latest, datetime)
    mine = between(frame, earliest, latest + timedelta(microseconds=1)).filter(
        pl.col("asset").cast(pl.String) == str(wanted.asset.id)
    )
    known = set(frame.collect_schema().names())
    keys = list(dict.fromkeys(key for agreed in wanted.contracts.values() for key in agreed.contract.keys))
    values = mine.select("time", *(pl.col(key).cast(pl.Float64) for key in keys if key in known)).collect()
    table = rows.join(values, on="time", how="left", maintain_order="left").to_arrow()
    columns = {
        SEQUENCE: table["sequence"],
        "time": table["time"].cast(wire.TIME),
        **{key: table[key] for key in keys if key in known},
    }
    return pa.table(columns)


def _answers(scores: pl.DataFrame, reaches: Mapping[tuple[str, int], Reach], first: int) -> pa.Table:
    """By `wire.SCORE_SCHEMA` with `row`, the place in the capsule's rows."""
    parts: Sequence[pl.DataFrame] = [
        scores.filter((pl.col("version") == version) & (pl.col("role") == role) & (pl.col("place") >= one.first))
        for (version, role), one in reaches.items()
    ]
    table = pl.concat(parts).sort("role", "version", "place")
    arrow = table.select(*wire.SCORE_SCHEMA.names).to_arrow()
    arrays = [arrow[field.name].cast(field.type) for field in wire.SCORE_SCHEMA]
    told = pa.table(arrays, schema=wire.SCORE_SCHEMA)
    return told.append_column("row", pa.array((table["place"].to_numpy() - first).astype(np.int32)))
