"""A query as a source: asked again and again for what is behind the newest time it has."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from andon_sdk.connector import SettingsRefused, SourceUnavailable, Tag, readings
from andon_sdk.connector.readings import TIME
from andon_sdk.connector.tabular import numeric, of_columns
from andon_sql import statement
from andon_sql.connection import Connection
from andon_sql.settings import EARLIEST, Sql


class SqlSource:
    def __init__(self, settings: Sql) -> None:
        self._settings = settings
        self._connection: Connection | None = None
        self._closed = asyncio.Event()
        self._busy = asyncio.Lock()
        self._recent = pa.array([], pa.string())
        """Rows of the overlap that were given already, each as one text."""

    async def open(self) -> None:
        self._closed.clear()
        uri = self._settings.uri.get_secret_value()
        self._connection = await asyncio.to_thread(Connection, uri, self._settings.timeout_s)
        self._zone(await self._ask(f"{statement.selected(self._settings.query)} LIMIT 0"))

    def _zone(self, empty: pa.Table) -> None:
        """Raises `SettingsRefused` for a column that is not there, and for a time that does not say what it means."""
        said = self._settings
        named = ("time_column", "asset_column", "tag_column", "value_column")
        for field, name in ((field, getattr(said, field)) for field in named):
            if name is not None and name not in empty.column_names:
                have = ", ".join(empty.column_names)
                raise SettingsRefused(f"The query has no column “{name}”; it has {have}.", field=field)
        kind = empty.schema.field(said.time_column).type
        if not pa.types.is_timestamp(kind):
            raise SettingsRefused(f"“{said.time_column}” is {kind}, which is no time.", field="time_column")
        if kind.tz is None and said.time_zone is None:
            raise SettingsRefused(
                f"The times of “{said.time_column}” say no zone. In which are they?", field="time_zone"
            )
        if kind.tz is not None and said.time_zone is not None:
            raise SettingsRefused("The times know their zone: leave time_zone out.", field="time_zone")

    async def browse(self) -> list[Tag]:
        """From the newest rows: columns with numbers, for each machine where there are several, or the tags' names."""
        said = self._settings
        time = statement.quoted(said.time_column)
        newest = f"{statement.selected(said.query)} ORDER BY q.{time} DESC NULLS LAST LIMIT {said.page_rows}"
        table = await self._ask(newest)
        if said.tag_column:
            names = table.column(said.tag_column).cast(pa.string()).unique().to_pylist()
            return [Tag(name) for name in sorted(name for name in names if name is not None)]
        columns = [name for name in table.column_names if self._is_signal(table, name)]
        if said.asset_column is None:
            return [Tag(name) for name in columns]
        assets = table.column(said.asset_column).cast(pa.string()).unique().to_pylist()
        known = sorted(asset for asset in assets if asset is not None)
        return [Tag(f"{asset}/{name}", path=(asset,)) for asset in known for name in columns]

    def _is_signal(self, table: pa.Table, name: str) -> bool:
        kind = table.schema.field(name).type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        return is_number and name not in {self._settings.time_column, self._settings.asset_column, statement.TIME}

    async def stream(self, tags: Sequence[str], since: Mapping[str, datetime]) -> AsyncIterator[pa.RecordBatch]:
        overlap = timedelta(seconds=self._settings.overlap_s)
        newest = max([*since.values(), (self._settings.begin or EARLIEST) - timedelta(microseconds=1)])
        newest = min(newest, datetime.now(UTC))
        while not self._closed.is_set():
            bound, seen = newest - overlap if since or len(self._recent) else newest, []
            while True:
                table = await self._page(bound)
                news = self._news(table, seen)
                for batch in self._readings(news, tags):
                    yield batch
                if table.num_rows < self._settings.page_rows:
                    break
                bound = table.column(statement.TIME)[-1].as_py()
            if seen:
                newest = max(newest, seen[-1].column(statement.TIME)[-1].as_py())
                newest = min(newest, datetime.now(UTC))  # a clock that runs ahead must not hide what comes after
                self._recent = self._within(seen, newest - overlap)
            try:
                async with asyncio.timeout(self._settings.every_s):
                    await self._closed.wait()
            except TimeoutError:
                continue

    async def _page(self, bound: datetime) -> pa.Table:
        said = self._settings
        asked = statement.newer_than(said.query, said.time_column, said.time_zone, bound, said.page_rows)
        table = await self._ask(asked)
        place = table.schema.get_field_index(statement.TIME)
        return table.set_column(place, statement.TIME, table.column(place).cast(TIME))

    def _news(self, table: pa.Table, seen: list[pa.Table]) -> pa.Table:
        """The rows of an answer that were not given before; `seen` grows by all of them."""
        if not table.num_rows:
            return table
        seen.append(table)
        known = pc.call_function("is_in", [_texts(table)], pc.SetLookupOptions(self._recent))
        return table.filter(pc.call_function("invert", [known]))

    def _within(self, seen: list[pa.Table], bound: datetime) -> pa.Array:
        """The texts of the rows behind `bound`, which the next question will find again."""
        table = pa.concat_tables(seen)
        late = pc.call_function("greater", [table.column(statement.TIME), pa.scalar(bound, TIME)])
        return _texts(table.filter(late)).combine_chunks()

    def _readings(self, table: pa.Table, tags: Sequence[str]) -> list[pa.RecordBatch]:
        said, batches = self._settings, table.combine_chunks().to_batches()
        found: list[pa.RecordBatch] = []
        for batch in batches:
            time = batch.column(statement.TIME)
            if said.tag_column and said.value_column:
                named = batch.column(said.tag_column).cast(pa.string())
                wanted = pc.call_function("is_in", [named], pc.SetLookupOptions(pa.array(tags, pa.string())))
                kept = batch.filter(wanted)
                value, quality = numeric(kept.column(said.value_column))
                quality[quality < 0] = 2
                tag = kept.column(said.tag_column).cast(pa.string())
                found.append(readings(tag, kept.column(statement.TIME), value, quality))
                continue
            names = {tag.partition("/")[2] for tag in tags} if said.asset_column else set(tags)
            columns = {name: numeric(batch.column(name)) for name in batch.schema.names if name in names}
            asset = batch.column(said.asset_column) if said.asset_column else None
            found.append(of_columns(time, columns, asset, tags))
        return [batch for batch in found if batch.num_rows]

    async def _ask(self, asked: str) -> pa.Table:
        async with self._busy:
            if self._connection is None:
                raise SourceUnavailable("The connection was closed.")
            return await asyncio.to_thread(self._connection.ask, asked)

    async def close(self) -> None:
        self._closed.set()
        async with self._busy:  # a statement ends by its timeout at the latest
            connection, self._connection = self._connection, None
            if connection is not None:
                await asyncio.to_thread(connection.close)


def _texts(table: pa.Table) -> pa.ChunkedArray:
    """Each row as one text, to know it again."""
    columns = [column.cast(pa.string()) for column in table.columns]
    options = pc.JoinOptions(null_handling="replace", null_replacement="\\N")
    return pc.call_function("binary_join_element_wise", [*columns, pa.scalar("\x1f")], options)
