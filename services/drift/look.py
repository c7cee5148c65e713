"""One look at many assets of a contract: references are made where there is none, then the newest rows are compared.

Arrays over assets; the only loops are over signals, lengths of blocks, and parts that fit in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pyarrow as pa

from services.assets.contracts import ContractVersion
from services.drift import blocks, history, pack
from services.drift.contracts import FINDINGS, SCORE, Finding
from services.drift.judge import UNITS, Found, judge
from services.drift.measure import reference, spread
from services.enclaves.platform import Bucket

MOST_CELLS = 16_000_000
"""Rows × signals held at once."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An asset to be looked at, with its champion."""

    asset_id: UUID
    version_id: UUID
    start: datetime
    end: datetime
    """What the champion was trained on."""
    promoted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Referred:
    """A reference on its way to the database and back; see `tables.ReferenceRow`."""

    asset_id: UUID
    version_id: UUID
    contract_version: int
    length: int
    start: datetime
    end: datetime
    signals: bytes
    score: bytes | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, of n assets and s signals, the last of which are the scores."""

    subjects: Sequence[Subject]
    signals: Sequence[str]
    starts: Sequence[datetime]
    end: datetime
    """Of the newest rows."""
    rows: np.ndarray
    found: Sequence[Found]
    """Of each signal."""
    made: Sequence[Referred]
    """References that are new or have more in them than before."""

    def columns(self) -> Mapping[str, pa.Array]:
        """Asset by asset, signal by signal: n × s values each."""
        n, s = len(self.subjects), len(self.signals)

        def put(name: str) -> np.ndarray:
            return np.stack([getattr(one, name) for one in self.found], axis=1)

        def named(names: Sequence[str], positions: np.ndarray) -> pa.Array:
            return pa.array(names).take(pa.array(positions.ravel(), mask=positions.ravel() < 0))

        def numbers(values: np.ndarray) -> pa.Array:
            return pa.array(values.ravel(), from_pandas=True)

        of = np.repeat(np.arange(n), s)
        ids, versions = zip(*((str(one.asset_id), str(one.version_id)) for one in self.subjects), strict=True)
        sides = {"b": put("before"), "n": put("now")}
        return {
            "assets": pa.array(ids).take(pa.array(of)),
            "versions": pa.array(versions).take(pa.array(of)),
            "signals": pa.array(self.signals).take(pa.array(np.tile(np.arange(s), n))),
            "findings": named([one.value for one in FINDINGS], put("finding")),
            "units": named(UNITS, put("unit")),
            "figures": numbers(put("figure")),
            "limits": numbers(put("limit")),
            "rows": numbers(put("rows")),
            **{f"{side}{i + 1}": numbers(each[:, :, i]) for side, each in sides.items() for i in range(3)},
        }


def look(
    bucket: Bucket, contract: ContractVersion, subjects: Sequence[Subject], kept: Mapping[UUID, Referred], now: datetime
) -> Looked:
    """Compares the newest rows of the assets, which keep to this contract. Blocks. Raises `HistoryUnavailable`."""
    end = (history.newest(bucket, contract.id, now) or now) + timedelta(microseconds=1)
    found = {one.asset_id: kept[one.asset_id] for one in subjects if _good(kept.get(one.asset_id), one, contract)}
    made = dict[UUID, Referred]()
    for plan, part in _to_refer([one for one in subjects if one.asset_id not in found], contract):
        made |= {one.asset_id: one for one in _refer(bucket, contract, part, plan)}
    found |= made
    ripe = [one for one in subjects if found[one.asset_id].score is None and _ripe(one, found[one.asset_id], end)]
    for length, part in _by_length(ripe, found):
        made |= _with_scores(bucket, contract, part, length, found)
    found |= made
    return _compare(bucket, contract, subjects, found, list(made.values()), end)


def _good(one: Referred | None, subject: Subject, contract: ContractVersion) -> bool:
    """Whether a reference is of this champion and this version of the contract."""
    return one is not None and (one.version_id, one.contract_version) == (subject.version_id, contract.version)


def _to_refer(
    subjects: Sequence[Subject], contract: ContractVersion
) -> Iterable[tuple[blocks.Blocks, Sequence[Subject]]]:
    """Subjects whose references are cut into the same blocks, as many as fit in memory."""
    by_plan: dict[blocks.Blocks, list[Subject]] = {}
    for one in subjects:
        span = (one.end - one.start).total_seconds()
        by_plan.setdefault(blocks.blocks(span, contract.contract.period_s), []).append(one)
    for plan, mine in by_plan.items():
        mine.sort(key=lambda one: one.start)
        size = max(MOST_CELLS // (blocks.ROWS * len(plan.chosen) * len(contract.contract.keys)), 1)
        yield from ((plan, mine[first : first + size]) for first in range(0, len(mine), size))


def _by_length(
    subjects: Sequence[Subject], references: Mapping[UUID, Referred]
) -> Iterable[tuple[int, Sequence[Subject]]]:
    by_length: dict[int, list[Subject]] = {}
    for one in subjects:
        by_length.setdefault(references[one.asset_id].length, []).append(one)
    yield from by_length.items()


def _refer(
    bucket: Bucket, contract: ContractVersion, subjects: Sequence[Subject], plan: blocks.Blocks
) -> list[Referred]:
    keys, period = contract.contract.keys, contract.contract.period_s
    every = blocks.every(plan.length, period)
    wanted = history.Wanted(
        [one.asset_id for one in subjects], [one.start for one in subjects], plan.length, plan.chosen, every, period
    )
    rows = history.rows(bucket, contract.id, keys, wanted)
    size = len(subjects), len(plan.chosen)
    found = [reference(rows.place, rows.block, column, size, len(keys) + 1) for column in rows.columns]
    return [
        Referred(one.asset_id, one.version_id, contract.version, plan.length, one.start, one.end, content, None)
        for one, content in zip(subjects, pack.written(found), strict=True)
    ]


def _ripe(subject: Subject, of: Referred, end: datetime) -> bool:
    """Whether the champion has answered long enough for a reference of its scores and the newest ones after it."""
    needed = timedelta(seconds=(blocks.OF_SCORES + 1) * of.length)
    return subject.promoted_at is not None and subject.promoted_at + needed <= end


def _with_scores(
    bucket: Bucket,
    contract: ContractVersion,
    subjects: Sequence[Subject],
    length: int,
    references: Mapping[UUID, Referred],
) -> dict[UUID, Referred]:
    starts = [one.promoted_at for one in subjects if one.promoted_at is not None]
    period = contract.contract.period_s
    every = blocks.every(length, period)
    numbers = range(blocks.OF_SCORES)
    wanted = history.Wanted([one.asset_id for one in subjects], starts, length, numbers, every, period)
    rows = history.scores(bucket, contract.id, [one.version_id for one in subjects], wanted)
    size = len(subjects), len(numbers)
    found = reference(rows.place, rows.block, rows.columns[0], size, len(contract.contract.keys) + 1)
    return {
        one.asset_id: replace(references[one.asset_id], score=content)
        for one, content in zip(subjects, pack.written([found]), strict=True)
    }


def _compare(
    bucket: Bucket,
    contract: ContractVersion,
    subjects: Sequence[Subject],
    references: Mapping[UUID, Referred],
    made: Sequence[Referred],
    end: datetime,
) -> Looked:
    keys = contract.contract.keys
    parts = [
        _part(bucket, contract, part[first : first + size], length, references, end)
        for length, part in _by_length(subjects, references)
        for size in [max(MOST_CELLS // (2 * blocks.ROWS * (len(keys) + 1)), 1)]
        for first in range(0, len(part), size)
    ]
    found = [_joined([part[1][place] for part in parts]) for place in range(len(keys) + 1)]
    order = [one for length, part in _by_length(subjects, references) for one in part]
    starts = [end - timedelta(seconds=references[one.asset_id].length) for one in order]
    return Looked(order, (*keys, SCORE), starts, end, np.concatenate([part[0] for part in parts]), found, made)


def _part(
    bucket: Bucket,
    contract: ContractVersion,
    subjects: Sequence[Subject],
    length: int,
    references: Mapping[UUID, Referred],
    end: datetime,
) -> tuple[np.ndarray, list[Found]]:
    """(rows of each asset, what was found in each signal and in the scores)."""
    keys, period, n = contract.contract.keys, contract.contract.period_s, len(subjects)
    start = end - timedelta(seconds=length)
    every = blocks.every(length, period)
    wanted = history.Wanted([one.asset_id for one in subjects], [start] * n, length, (0,), every, period)
    rows = history.rows(bucket, contract.id, keys, wanted)
    of = pack.read([references[one.asset_id].signals for one in subjects], len(keys))
    found = [judge(spread(rows.place, column, n), each) for column, each in zip(rows.columns, of, strict=True)]
    found.append(_scores(bucket, contract, subjects, wanted, references))
    return np.bincount(rows.place, minlength=n), found


def _scores(
    bucket: Bucket,
    contract: ContractVersion,
    subjects: Sequence[Subject],
    wanted: history.Wanted,
    references: Mapping[UUID, Referred],
) -> Found:
    rows = history.scores(bucket, contract.id, [one.version_id for one in subjects], wanted)
    newest = spread(rows.place, rows.columns[0], len(subjects))
    contents = [references[one.asset_id].score for one in subjects]
    waits = np.array([one is None for one in contents])
    [of] = pack.read([one or pack.NOTHING for one in contents], 1)
    found = judge(newest, of)
    finding = np.where(waits, FINDINGS.index(Finding.WAITING), found.finding).astype(np.int8)
    return replace(found, finding=finding)


def _joined(parts: Sequence[Found]) -> Found:
    names = ("finding", "figure", "limit", "unit", "rows", "before", "now")
    return Found(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
