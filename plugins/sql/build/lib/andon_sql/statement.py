"""One SELECT and nothing else, told before a database sees it; the database's read-only transaction stands behind."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
      | (?P<open_comment>/\*)
      | (?P<text>[eEbBxXnN]?'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")+")
      | (?P<dollar>\$(?P<mark>[A-Za-z_]\w*)?\$)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_WRITING = {"insert", "update", "delete", "merge", "truncate", "into", "copy", "call", "do", "lock"}
_NAIVE_SLACK = timedelta(hours=3)
"""A clock that is set back shows hours twice; an index is asked for so much more, and the exact bound decides."""


class NotOneSelect(Exception):
    """The query is something else than one SELECT."""


def one_select(query: str) -> str:
    """The query without what ends it. Raises `NotOneSelect`."""
    query = query.strip().removesuffix(";").rstrip()
    depth, first, at = 0, "", 0
    while at < len(query):
        found = _TOKEN.match(query, at)
        assert found is not None  # the last alternative takes any character
        at = found.end()
        if found["open_comment"] or found["dollar"]:
            raise NotOneSelect("comments of the form /* */ and texts in $$ are not taken here")
        if found["text"] and found["text"][0] in "eE":
            raise NotOneSelect("texts of the form E'…' are not taken here")
        word = (found["word"] or "").lower()
        first = first or word
        if word in _WRITING:
            raise NotOneSelect(f"a query that reads has no {word.upper()}")
        if found["other"] == ";":
            raise NotOneSelect("there are two statements; one SELECT is taken")
        if found["other"] in {"'", '"'}:
            raise NotOneSelect("a quote is not closed")
        depth += {"(": 1, ")": -1}.get(found["other"] or "", 0)
        if depth < 0:
            raise NotOneSelect("a bracket is closed that was not opened")
    if depth:
        raise NotOneSelect("a bracket is not closed")
    if first not in {"select", "with"}:
        raise NotOneSelect("it does not begin with SELECT or WITH")
    return query


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def newer_than(query: str, column: str, zone: str | None, bound: datetime, rows: int) -> str:
    """The rows of `query` whose time is behind `bound`, in order of time; those of the last time are all there.

    `zone`: where the column knows none.
    """
    name, instant = quoted(column), f"TIMESTAMPTZ '{bound.isoformat()}'"
    if zone is None:
        condition, order = f"q.{name} > {instant}", f"q.{name}"
    else:
        local = (bound.astimezone(ZoneInfo(zone)) - _NAIVE_SLACK).replace(tzinfo=None)
        order = f"(q.{name} AT TIME ZONE '{zone}')"
        condition = f"q.{name} > TIMESTAMP '{local.isoformat()}' AND {order} > {instant}"
    what = selected(query, f"q.*, {order} AS {quoted(TIME)}")
    return f"{what} WHERE {condition} ORDER BY {order} FETCH FIRST {rows} ROWS WITH TIES"


def selected(query: str, what: str = "q.*") -> str:
    """`what` of the query's rows, `q`. A query that `one_select` took cannot leave its brackets, and a comment at its
    end swallows nothing."""
    return f"SELECT {what} FROM (\n{query}\n) AS q"  # noqa: S608  whoever sets the source up writes the query


TIME = "andon time"
"""The column that `newer_than` adds: the time, with its zone."""
