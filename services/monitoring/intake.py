"""A block of scores becomes alarms, cases and the state of assets, in one transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from andon_sdk.plugin import AlarmRule
from services.kernel import wire
from services.kernel.ids import new_id
from services.kernel.uow import UnitOfWork
from services.monitoring import model
from services.monitoring.repository import Watch, Watched


@dataclass(frozen=True, slots=True)
class Watching:
    """What is known about a contract while its scores are watched."""

    contract_id: UUID
    signals: tuple[str, ...]
    rule: AlarmRule
    silent_after_s: float


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that a block raised or cleared."""

    alarm_id: UUID
    asset_id: UUID
    state: str


def champions(batches: Sequence[pa.RecordBatch]) -> pa.Table:
    """The champions' rows of scores batches, in order, with plain strings for asset and version."""
    table = pa.Table.from_batches([batch.replace_schema_metadata(None) for batch in batches])
    table = table.filter(pa.array(table["role"].to_numpy() == wire.ROLE_CHAMPION))
    for name in ("asset", "version"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].cast(pa.utf8()))
    return table.combine_chunks()


async def take_in(uow: UnitOfWork, watching: Watching, scores: pa.Table, seen_at: datetime) -> list[Change]:
    """Applies the champions' rows of one contract. A fixed number of statements, however many assets and rows."""
    if not scores.num_rows:
        return []
    store = Watch(uow)
    encoded = scores["asset"].combine_chunks().dictionary_encode()
    asset = encoded.indices.to_numpy()
    before = await store.watched(encoded.dictionary)
    time = scores["time"].to_numpy().astype("datetime64[us]")
    value = scores["value"].to_numpy().astype(np.float64)
    counts = time >= _moments([row.rebased_at for row in before])[asset]
    state, episodes = model.watch(watching.rule, asset, np.where(counts, value, np.nan), _state(before, watching.rule))
    await _keep_health(store, watching, scores, encoded.dictionary, asset, time, state, seen_at)
    return await _keep_alarms(store, watching, scores, before, episodes, seen_at)


def _state(before: Sequence[Watched], rule: AlarmRule) -> model.RuleState:
    recent = [row.recent[-rule.of_rows :].rjust(rule.of_rows, "0").encode() for row in before]
    return model.RuleState(
        np.array(recent, f"S{rule.of_rows}").view("u1").reshape(len(before), rule.of_rows) == ord("1"),
        np.array([row.below for row in before], np.int64),
        np.array([row.alarm_id is not None for row in before], bool),
    )


def _moments(times: Sequence[datetime | None]) -> np.ndarray:
    """datetime64[us] in UTC; the beginning of time for None."""
    micros = [np.iinfo(np.int64).min + 1 if time is None else round(time.timestamp() * 1e6) for time in times]
    return np.array(micros, np.int64).astype("datetime64[us]")


async def _keep_health(
    store: Watch,
    watching: Watching,
    scores: pa.Table,
    ids: pa.Array,
    asset: np.ndarray,
    time: np.ndarray,
    state: model.RuleState,
    seen_at: datetime,
) -> None:
    order = np.lexsort((np.arange(len(asset)), time, asset))
    newest = order[np.append(asset[order][1:] != asset[order][:-1], True)]
    rows = scores.take(pa.array(newest))
    width = state.recent.shape[1]
    recent = (state.recent.astype("u1") + ord("0")).view(f"S{width}").ravel().astype(str)
    missing = rows["missing"].combine_chunks().cast(pa.list_(pa.utf8()))
    columns = {
        "ids": ids,
        "last": rows["time"],
        "value": _numbers(rows["value"]),
        "coverage": _numbers(rows["coverage"]),
        "route": rows["route"],
        "version": rows["version"],
        "missing": pc.binary_join(missing, ","),  # pyright: ignore[reportAttributeAccessIssue]
        "recent": pa.array(recent),
        "below": pa.array(np.minimum(state.below, np.iinfo(np.int32).max)),
    }
    await store.seen(columns, contract=watching.contract_id, silent=watching.silent_after_s, seen=seen_at)


def _numbers(column: pa.ChunkedArray) -> pa.Array:
    """float64; null where there is no finite number."""
    values = column.to_numpy().astype(np.float64)
    return pa.array(values, mask=~np.isfinite(values))


async def _keep_alarms(
    store: Watch,
    watching: Watching,
    scores: pa.Table,
    before: Sequence[Watched],
    found: model.Episodes,
    seen_at: datetime,
) -> list[Change]:
    if not len(found.asset):
        return []
    times = scores["time"]
    cleared = [times[int(row)].as_py() if row >= 0 else None for row in found.cleared]
    on = np.flatnonzero(found.raised < 0)
    if len(on):
        alarm_ids = [before[found.asset[i]].alarm_id for i in on]
        await store.go_on(alarm_ids, [cleared[i] for i in on], found.peak[on].tolist())  # type: ignore[arg-type]
    new = np.flatnonzero(found.raised >= 0)
    ordered = sorted(new_id() for _ in new)  # lists go by id, and ids of one millisecond have no order
    fresh = dict(zip(new.tolist(), ordered, strict=True))
    if len(new):
        raised = scores.take(pa.array(found.raised[new]))
        cases = await store.raise_alarms(
            watching.rule.key,
            watching.rule.title,
            seen_at,
            case_ids=[new_id() for _ in new],
            ids=list(fresh.values()),
            assets=[UUID(before[found.asset[i]].id) for i in new],
            raised=raised["time"].to_pylist(),
            cleared=[cleared[i] for i in new],
            peak=found.peak[new].tolist(),
            top=[json.dumps(top) for top in _top(raised, watching.signals)],
        )
        for name, ids in (("monitoring.cases_closed", cases.closed), ("monitoring.cases_opened", cases.opened)):
            if ids:
                store.uow.announce(name, case_ids=[str(id_) for id_ in ids])
    changes = list[Change]()
    for i, asset in enumerate(found.asset):
        alarm_id = fresh.get(i, before[asset].alarm_id)
        assert alarm_id is not None  # an episode is new, or was on before
        asset_id = UUID(before[asset].id)
        if i in fresh:
            until = before[asset].muted_until
            muted = until is not None and until > seen_at
            changes.append(Change(alarm_id, asset_id, "shelved" if muted else "active"))
        if cleared[i] is not None:
            changes.append(Change(alarm_id, asset_id, "cleared"))
    return changes


def _top(rows: pa.Table, signals: tuple[str, ...]) -> list[list[list[Any]]]:
    """[[signal, share], ...] for each row, largest first."""
    pairs = zip(rows["top"].to_pylist(), rows["share"].to_pylist(), strict=True)
    return [
        [[signals[place], round(share, 4)] for place, share in zip(places, shares, strict=True) if place is not None]
        for places, shares in pairs
    ]
