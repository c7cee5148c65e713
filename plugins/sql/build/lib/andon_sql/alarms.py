"""A destination: a row of a table for each notice of an alarm."""

import asyncio
import json
import re
from datetime import UTC
from pathlib import Path

from adbc_driver_postgresql import dbapi
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from andon_sdk.connector import SettingsRefused, SourceUnavailable
from andon_sdk.destination import DestinationUnavailable, Notice, Undeliverable, as_json
from andon_sql.connection import told, with_usual
from andon_sql.settings import checked_uri
from andon_sql.statement import quoted

COLUMNS = {
    "id": "text PRIMARY KEY",
    "moment": "text NOT NULL",
    "at": "timestamptz NOT NULL",
    "alarm_id": "text NOT NULL",
    "rule": "text NOT NULL",
    "peak": "double precision NOT NULL",
    "asset": "text NOT NULL",
    "title": "text NOT NULL",
    "site": "text NOT NULL",
    "line": "text NOT NULL",
    "top": "text NOT NULL",
    "by": "text NOT NULL",
    "until": "timestamptz",
    "because": "text NOT NULL",
}
"""Of the table; one that is made by hand may have more, and may allow less."""
_TABLE = re.compile(r"[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?")


class AlarmSettings(BaseModel):
    """A table that gets a row for each notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: SecretStr = Field(description="postgresql://user:password@host:port/database, from a file or variable.")
    table: str = Field("andon_alarm", description="Name of the table, with its schema and a dot before it if need be.")
    make: bool = Field(True, description="Make the table if it is not there.")
    timeout_s: float = Field(10.0, gt=0, le=60, description="A statement that takes longer is given up.")

    @field_validator("uri")
    @classmethod
    def _is_postgres(cls, uri: SecretStr) -> SecretStr:
        return checked_uri(uri)

    @field_validator("table")
    @classmethod
    def _is_name(cls, table: str) -> str:
        if not _TABLE.fullmatch(table):
            raise ValueError("a table's name is letters, digits and underscores, with one dot after a schema at most")
        return table

    @property
    def quoted_table(self) -> str:
        return ".".join(quoted(part) for part in self.table.split("."))


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
