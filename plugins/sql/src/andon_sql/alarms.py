"""A destination: a row of a table for each notice of an alarm."""

import asyncio
import json
from datetime import UTC
from pathlib import Path

from adbc_driver_postgresql import dbapi

from andon_sdk.connector import SettingsRefused, SourceUnavailable
from andon_sdk.destination import DestinationUnavailable, Notice, Undeliverable, as_json
from andon_sql.alarm_settings import COLUMNS, AlarmSettings
from andon_sql.connection import told, with_usual
from andon_sql.statement import quoted


class Alarms:
    """A notice that is there already stays as it is, so that one which is delivered twice is one row."""

    def __init__(self, settings: AlarmSettings, folder: Path) -> None:
        self._settings = settings
        self._connection: dbapi.Connection | None = None

    async def open(self) -> None:
        try:
            await asyncio.to_thread(self._open)
        except SourceUnavailable as error:
            raise DestinationUnavailable(str(error)) from error

    async def deliver(self, notice: Notice) -> None:
        await asyncio.to_thread(self._insert, notice)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.to_thread(connection.close)

    def _open(self) -> None:
        uri = self._settings.uri.get_secret_value()
        try:
            self._connection = dbapi.connect(with_usual(uri, round(self._settings.timeout_s * 1000)))
        except dbapi.Error as error:
            raise told(error, field="uri") from error
        names = ", ".join(quoted(name) for name in COLUMNS)
        columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in COLUMNS.items())
        table = self._settings.quoted_table
        try:
            if self._settings.make:
                self._run(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")
            self._run(f"SELECT {names} FROM {table} LIMIT 0")  # noqa: S608  quoted names
        except dbapi.Error as error:
            raise told(error, field="table") from error

    def _insert(self, notice: Notice) -> None:
        said = as_json(notice) | {"at": notice.at, "until": notice.until, "top": json.dumps(as_json(notice)["top"])}
        names, places = ", ".join(quoted(name) for name in COLUMNS), list[str]()
        values = list[object]()
        for name in COLUMNS:
            value = said[name]
            if value is None:
                places.append("NULL")
                continue
            values.append(value.astimezone(UTC) if name in ("at", "until") else value)
            places.append(f"${len(values)}")
        statement = f"INSERT INTO {self._settings.quoted_table} ({names}) VALUES ({', '.join(places)})"  # noqa: S608
        try:
            self._run(f"{statement} ON CONFLICT DO NOTHING", values)
        except dbapi.Error as error:
            why = told(error, field="table")
            kind = Undeliverable if isinstance(why, SettingsRefused) or _refused(error) else DestinationUnavailable
            raise kind(str(why)) from error

    def _run(self, statement: str, values: list[object] | None = None) -> None:
        assert self._connection is not None, "open comes first"
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, values)
            self._connection.commit()
        except dbapi.Error:
            self._connection.rollback()
            raise


def _refused(error: dbapi.Error) -> bool:
    """Whether the table's own rules do not let this row in."""
    return (getattr(error, "sqlstate", None) or "").startswith("23")
