"""A parsed body against the contract: what is stored, what is not, and why. Vectorised; only bad rows are worded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from andon_sdk.plugin import Signal
from services.assets.contracts import ContractVersion
from services.kernel import wire
from services.readings.contracts import Body, ErrorPolicy
from services.readings.door.duplicates import repeated
from services.readings.door.parsed import Faults, Parsed, shown
from services.readings.door.times import microseconds, window
from services.readings.door.units import conversion
from services.readings.errors import UnknownUnitName


@dataclass(frozen=True, slots=True)
class Checked:
    """stored rows + bad rows + duplicates = received."""

    batch: pa.RecordBatch | None
    """Rows to store, by `wire.readings_schema`; None when there is none."""
    bad: np.ndarray
    """Rows that are not stored for what is wrong with them."""
    repeated: np.ndarray
    """Rows that are not stored for the body has their asset and time before."""
    faults: Faults

    @property
    def duplicates(self) -> int:
        return len(self.repeated)


@dataclass(frozen=True, slots=True)
class AssetColumn:
    """The asset column as positions [rows] in the keys that occur; -1 where the row names none."""

    positions: np.ndarray
    keys: list[str]


def asset_column(parsed: Parsed) -> AssetColumn:
    column = parsed.asset
    if not pa.types.is_dictionary(column.type) or len(column.dictionary) > parsed.rows:
        column = pc.cast(column, pa.utf8()).dictionary_encode()
    keys = ["" if key is None else key for key in column.dictionary.to_pylist()]
    positions = column.indices
    if positions.null_count:
        positions = pc.fill_null(pc.cast(positions, pa.int64()), -1)
    return AssetColumn(positions.to_numpy(zero_copy_only=False), keys)


def check(
    parsed: Parsed, assets: AssetColumn, known: Mapping[str, UUID], contract: ContractVersion, body: Body, now: datetime
) -> Checked:
    """`known` gives the id of each key that is an asset of this contract.

    Raises `UnknownUnitName` where `body.units` names a signal the contract does not have.
    """
    faults = parsed.faults
    _check_assets(assets, known, faults)
    time = microseconds(parsed.time, body.time_unit, window(now, body.late_window), faults)
    columns = _check_values(parsed, contract, body, faults)
    _check_empty(parsed.rows, columns, faults)
    keep, again = _kept(parsed.rows, assets.positions, time, body.policy, faults)
    batch = _batch(contract, assets, known, time, columns, keep)
    bad = np.empty(0, np.int64)
    if faults.count:
        dropped = faults.fatal if body.policy is ErrorPolicy.IGNORE_FAILED else faults.touched
        bad = np.flatnonzero(dropped)
    if body.policy is ErrorPolicy.REJECT_EVERYTHING and len(bad):
        return Checked(None, np.arange(parsed.rows), np.empty(0, np.int64), faults)
    return Checked(batch, bad, again, faults)


def _check_assets(assets: AssetColumn, known: Mapping[str, UUID], faults: Faults) -> None:
    is_known = np.fromiter((key in known for key in assets.keys), bool, len(assets.keys))
    if is_known.all() and (not len(assets.positions) or assets.positions.min() >= 0):
        return
    ok = np.append(is_known, False)[assets.positions]
    rows = np.flatnonzero(~ok)
    rows = rows[~faults.fatal[rows]]

    def message(row: int) -> str:
        position = assets.positions[row]
        if position < 0:
            return "The row names no asset."
        return f"No asset “{shown(assets.keys[position])}” keeps to this contract."

    faults.add(rows, "UNKNOWN_ASSET", message, fatal=True)


def _check_values(parsed: Parsed, contract: ContractVersion, body: Body, faults: Faults) -> list[pa.Array | None]:
    """A clean float64 column (bad values are null) for each signal of the contract; None where none came."""
    signals = {signal.key: signal for signal in contract.contract.signals}
    if strange := body.units.keys() - signals.keys():
        names = ", ".join(shown(name) for name in sorted(strange)[:5])
        raise UnknownUnitName(f"`units` names signals the contract does not have: {names}.", field="units")
    units = {**parsed.units, **body.units}
    columns: list[pa.Array | None] = []
    for key, signal in signals.items():
        column = parsed.values.get(key)
        columns.append(None if column is None else _check_signal(column, signal, units.get(key), faults))
    for name in parsed.values.keys() - signals.keys():
        text = f"The contract has no signal “{shown(name)}”."
        rows = _present(parsed.values[name])
        faults.add(rows, "UNKNOWN_SIGNAL", lambda row, text=text: text, signal=shown(name))
    return columns


def _present(column: pa.Array) -> np.ndarray:
    return np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))


def _check_signal(column: pa.Array, signal: Signal, unit: str | None, faults: Faults) -> pa.Array | None:
    if column.null_count == len(column):
        return None
    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        text = f"{kind} is no number."
        faults.add(_present(column), "WRONG_TYPE", lambda row: text, signal=signal.key)
        return None
    if kind != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    if unit is not None and unit != signal.unit:
        change = conversion(unit, signal.unit)
        if change is None:
            text = f"“{shown(unit)}” does not convert to {signal.unit}, the contract's unit."
            faults.add(_present(column), "BAD_UNIT", lambda row: text, signal=signal.key)
            return None
        scaled = pc.call_function("multiply", [column, pa.scalar(change.factor)])
        column = pc.call_function("add", [scaled, pa.scalar(change.offset)])
    filled = column.fill_null(signal.low) if column.null_count else column
    values = filled.to_numpy()
    if signal.low <= values.min() and values.max() <= signal.high:
        return column
    return _without_bad(column, values, signal, faults)


def _without_bad(column: pa.Array, values: np.ndarray, signal: Signal, faults: Faults) -> pa.Array:
    finite = np.isfinite(values)
    outside = finite & ~((values >= signal.low) & (values <= signal.high))
    faults.add(np.flatnonzero(~finite), "NOT_FINITE", lambda row: f"The value is {values[row]}.", signal=signal.key)
    limits = f"outside {signal.low:g} to {signal.high:g} {signal.unit}"
    faults.add(np.flatnonzero(outside), "OUT_OF_RANGE", lambda row: f"{values[row]:g} is {limits}.", signal=signal.key)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(values, pa.float64(), mask=~(valid & finite & ~outside))


def _check_empty(rows: int, columns: list[pa.Array | None], faults: Faults) -> None:
    """A row without any value left is no reading; nor is one whose every value was bad."""
    if any(column is not None and column.null_count == 0 for column in columns):
        return
    filled = np.zeros(rows, bool)
    for column in columns:
        if column is not None:
            filled |= column.is_valid().to_numpy(zero_copy_only=False)
    came_empty = ~filled & ~faults.touched
    lost_all = ~filled & faults.touched & ~faults.fatal
    faults.add(np.flatnonzero(came_empty), "EMPTY_ROW", lambda row: "The row has no value.", fatal=True)
    if lost_all.any():
        # worded already by what was wrong with each value: no second verdict, but nothing to keep either
        faults.fatal[lost_all] = True


def _kept(
    rows: int, positions: np.ndarray, time: np.ndarray, policy: ErrorPolicy, faults: Faults
) -> tuple[np.ndarray | None, np.ndarray]:
    """Rows to store (None means all), and those that repeat an asset and time of theirs."""
    keep = None
    if faults.count:
        keep = np.flatnonzero(~(faults.fatal if policy is ErrorPolicy.IGNORE_FAILED else faults.touched))
        positions, time = positions[keep], time[keep]
    again = repeated(positions, time)
    if not len(again):
        return keep, np.empty(0, np.int64)
    numbers = np.arange(rows) if keep is None else keep
    faults.note(
        numbers[again], "DUPLICATE", lambda row: "The body has this asset at this time before; the first counts."
    )
    return np.delete(numbers, again), numbers[again]


def _batch(
    contract: ContractVersion,
    assets: AssetColumn,
    known: Mapping[str, UUID],
    time: np.ndarray,
    columns: list[pa.Array | None],
    keep: np.ndarray | None,
) -> pa.RecordBatch | None:
    positions = assets.positions
    if keep is not None:
        if not len(keep):
            return None
        positions, time = positions[keep], time[keep]
        rows = pa.array(keep)
        columns = [None if column is None else column.take(rows) for column in columns]
    positions, keys = _compact(positions, assets.keys, known)
    ids = pa.array([str(known[key]) for key in keys], pa.utf8())
    asset = pa.DictionaryArray.from_arrays(pa.array(positions, pa.int32()), ids)
    signals = list(contract.contract.keys)
    schema = wire.readings_schema(contract.id, contract.version, signals)
    empty = pa.nulls(len(time), pa.float64())
    arrays = [empty if column is None else column for column in columns]
    return pa.RecordBatch.from_arrays([asset, pa.array(time).view(wire.TIME), *arrays], schema=schema)


def _compact(positions: np.ndarray, keys: list[str], known: Mapping[str, UUID]) -> tuple[np.ndarray, list[str]]:
    """Leaves out keys that no stored row uses, should one of them be unknown or most of them unused."""
    if len(keys) <= 2 * len(positions) and all(key in known for key in keys):
        return positions.astype(np.int32, copy=False), keys
    used, compact = np.unique(positions, return_inverse=True)
    return compact.astype(np.int32), [keys[i] for i in used]
