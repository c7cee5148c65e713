"""The one shape of rows in notebooks: `asset` where there are several, `time` in UTC with microseconds, then a Float64
column for each signal in the contract's order, null where missing; in order of time, and of asset within."""

from datetime import datetime
from pathlib import Path

import polars as pl
import polars.exceptions as failures

from andon_sdk.link.data.errors import BadRange, FileUnreadable

TIME = pl.Datetime("us", "UTC")


def from_parquet(path: str | Path) -> pl.DataFrame:
    """Rows of a Parquet file such as an export. Raises `FileUnreadable`."""
    try:
        return rows_of(pl.read_parquet(path), str(path))
    except (OSError, failures.PolarsError) as error:
        raise _unreadable(path, error) from error


def from_csv(path: str | Path) -> pl.DataFrame:
    """Rows of a CSV file with a header, plain or gzip. Times are ISO 8601 with an offset. Raises `FileUnreadable`."""
    try:
        return rows_of(pl.read_csv(path, infer_schema_length=None), str(path))
    except (OSError, failures.PolarsError) as error:
        raise _unreadable(path, error) from error


def rows_of(frame: pl.DataFrame, where: str = "The frame") -> pl.DataFrame:
    """The frame in the one shape. Raises `FileUnreadable` where it has no `time` with a zone, or a signal that is no
    number."""
    if "time" not in frame.columns:
        raise FileUnreadable(f"{where} has no column `time`, but {', '.join(frame.columns[:6])}. Rename the one it is.")
    signals = [name for name in frame.columns if name not in ("asset", "time")]
    strange = [name for name in signals if not frame.schema[name].is_numeric() and frame.schema[name] != pl.Null]
    if strange or not signals:
        what = f"`{strange[0]}` holds no numbers" if strange else "there is no signal beside `time`"
        raise FileUnreadable(f"{where}: {what}. Rows are `time`, perhaps `asset`, and a column of numbers a signal.")
    named = [pl.col("asset").cast(pl.String)] if "asset" in frame.columns else []
    values = [pl.col(name).cast(pl.Float64).fill_nan(None) for name in signals]
    kept = frame.select(*named, _time(frame, where), *values)
    if lost := kept["time"].null_count():
        raise FileUnreadable(f"{where}: {lost} rows have no time that can be read, such as 2026-03-01T12:00:00Z.")
    return kept.sort(["time", "asset"] if named else ["time"], maintain_order=True)


def moment(value: datetime | str, name: str) -> datetime:
    """A time with a zone, from one or from ISO 8601. Raises `BadRange`."""
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError as error:
        raise BadRange(f"`{name}` is no time: {value!r}. Write 2026-03-01T12:00:00Z.") from error
    if time.tzinfo is None:
        raise BadRange(f"`{name}` has no zone, so it may mean many moments: write {time.isoformat()}Z for UTC.")
    return time


def _time(frame: pl.DataFrame, where: str) -> pl.Expr:
    kind = frame.schema["time"]
    if kind == pl.String:
        zoned = frame["time"].str.contains(r"(Z|[+-]\d\d:?\d\d)$").all()
        if not zoned:
            raise FileUnreadable(f"{where}: times have no offset from UTC. Write 2026-03-01T12:00:00Z.")
        return pl.col("time").str.to_datetime(time_unit="us", time_zone="UTC", strict=False)
    if not isinstance(kind, pl.Datetime) or kind.time_zone is None:
        raise FileUnreadable(
            f"{where}: `time` is {kind}, which does not say when. Say the zone: "
            '`frame.with_columns(pl.col("time").dt.replace_time_zone("UTC"))`.'
        )
    return pl.col("time").dt.convert_time_zone("UTC").dt.cast_time_unit("us")


def _unreadable(path: str | Path, error: Exception) -> FileUnreadable:
    return FileUnreadable(f"{path} cannot be read: {str(error).splitlines()[0]}")
