"""The table that gets a row for each notice of an alarm."""

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

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
