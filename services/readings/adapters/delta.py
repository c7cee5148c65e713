"""A Delta table in a tenant's bucket: append with the stream's sequence in the commit, and read it back."""

from dataclasses import dataclass
from typing import Self

import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import TableNotFoundError

from services.enclaves.platform import Bucket

PARTITION = "date"
"""UTC date of the source time. Reserved: no signal is called so."""
_ROW_GROUP = 131_072
_CHECKPOINT_EVERY = "100"
_JOINED_BYTES = 64 * 1024 * 1024
"""A file that has come so far is not joined again, or a day's rows would be written anew each time."""


@dataclass(slots=True)
class HistoryTable:
    """One table and its one writer. Calls block on the object store: run them in a thread.

    `series` are the columns that with `time` name a row: asset, and for scores the version too.
    """

    uri: str
    options: dict[str, str]
    """Where its store is and what opens it, as deltalake takes it."""
    series: tuple[str, ...]
    table: DeltaTable | None = None

    @classmethod
    def of(cls, bucket: Bucket, key: str, series: tuple[str, ...]) -> Self:
        """The table under that key of the bucket."""
        return cls(f"s3://{bucket.name}/{key}", bucket.delta_options, series)

    def refresh(self) -> DeltaTable | None:
        """The table as it is now, or None while nothing was ever written."""
        try:
            if self.table is None:
                self.table = DeltaTable(self.uri, storage_options=self.options)
            else:
                self.table.update_incremental()
        except TableNotFoundError:
            self.table = None
        return self.table

    def committed(self, application: str) -> int:
        """The last sequence that `application` committed, 0 before its first; look before every write."""
        table = self.refresh()
        return (table.transaction_version(application) or 0) if table is not None else 0

    def append(self, rows: pa.Table, application: str, sequence: int) -> None:
        """Adds rows and the sequence in one commit; with no row, the sequence alone.

        Raises `deltalake.exceptions.CommitFailedError` when another writer committed for `application` meanwhile.
        """
        properties = CommitProperties(app_transactions=[Transaction(application, sequence)])
        if rows.num_rows == 0 and self.table is not None:
            self.table.create_write_transaction(
                [], "append", self.table.schema(), [PARTITION], commit_properties=properties
            )
            return
        write_deltalake(
            self.table if self.table is not None else self.uri,
            _of_any_length(rows),
            mode="append",
            partition_by=[PARTITION],
            schema_mode="merge",
            storage_options=self.options,
            configuration={
                "delta.dataSkippingStatsColumns": ",".join((*self.series, "time")),
                "delta.checkpointInterval": _CHECKPOINT_EVERY,
            },
            writer_properties=self._writing(),
            commit_properties=properties,
            post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        )

    def compact(self) -> None:
        """Joins small files. Files that were joined stay for a week, for readers of older versions."""
        table = self.refresh()
        if table is not None:
            table.optimize.compact(writer_properties=self._writing(), max_concurrent_tasks=1, target_size=_JOINED_BYTES)
            table.vacuum(dry_run=False, full=False)

    def _writing(self) -> WriterProperties:
        """Dictionaries cost a writer of floats most of its time and gain nothing; for names they are the point."""
        return WriterProperties(
            compression="LZ4_RAW",
            max_row_group_size=_ROW_GROUP,
            default_column_properties=ColumnProperties(dictionary_enabled=False),
            column_properties={column: ColumnProperties(dictionary_enabled=True) for column in self.series},
        )


def _of_any_length(rows: pa.Table) -> pa.Table:
    """`rows` with lists of any length for lists of a fixed one: Delta knows no other, and a file that says otherwise
    than its table cannot be read back by polars."""
    fields = [
        field.with_type(pa.list_(field.type.value_type)) if pa.types.is_fixed_size_list(field.type) else field
        for field in rows.schema
    ]
    return rows.cast(pa.schema(fields, rows.schema.metadata))
