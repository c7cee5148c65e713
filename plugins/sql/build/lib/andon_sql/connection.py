"""A connection that can only read, with errors that say whether another try may help. Blocks: it is used in threads."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pyarrow as pa
from adbc_driver_postgresql import dbapi

from andon_sdk.connector import SettingsRefused, SourceUnavailable

_USUAL = {"connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}
_FOR_A_PERSON = ("28", "3D", "42", "25006", "22")
"""Classes of SQLSTATE that no pause mends: log-in, database, syntax and rights, a write, a value."""


class Connection:
    def __init__(self, uri: str, timeout_s: float) -> None:
        self._timeout_ms = round(timeout_s * 1000)
        try:
            self._inner = dbapi.connect(with_usual(uri, self._timeout_ms))
        except dbapi.Error as error:
            raise told(error, field="uri") from error

    def ask(self, statement: str) -> pa.Table:
        """The answer, from a transaction that may not write. Raises `SourceUnavailable`, `SettingsRefused`."""
        try:
            with self._inner.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                cursor.execute(f"SET LOCAL statement_timeout = {self._timeout_ms}")
                cursor.execute(statement)
                return cursor.fetch_arrow_table()
        except dbapi.Error as error:
            raise told(error, field="query") from error
        finally:
            self._end()

    def _end(self) -> None:
        try:
            self._inner.rollback()
        except dbapi.Error as error:
            raise SourceUnavailable(f"The connection is gone: {_first_line(error)}") from error

    def close(self) -> None:
        try:
            self._inner.close()
        except dbapi.Error as error:
            raise SourceUnavailable(f"The connection could not be closed: {_first_line(error)}") from error


def with_usual(uri: str, timeout_ms: int) -> str:
    """With limits of time on the way too, so that a link that swallows packets is noticed."""
    parts = urlsplit(uri)
    said = dict(parse_qsl(parts.query))
    usual = {**_USUAL, "tcp_user_timeout": str(timeout_ms + 10_000), "application_name": "andon-edge"}
    return urlunsplit(parts._replace(query=urlencode({**usual, **said})))


def told(error: dbapi.Error, field: str) -> SourceUnavailable | SettingsRefused:
    state = getattr(error, "sqlstate", None) or ""
    message = _first_line(error)
    if state == "57014":
        return SettingsRefused(f"The query took longer than timeout_s: {message}", field="timeout_s")
    wrong_login = "authentication failed" in message or "does not exist" in message
    if state.startswith(_FOR_A_PERSON) or (not state and wrong_login):
        return SettingsRefused(message, field=field)
    return SourceUnavailable(message)


def _first_line(error: dbapi.Error) -> str:
    """What the database said; a URI, and the password in it, is never part of it."""
    return " ".join(str(error).split())[:400]
