"""Opaque ids and signed keyset cursors.

An id is the kind and the UUID, nothing else: no tenant, so an id never says whose it is. A cursor is the sort key of
the last row with an HMAC, so that nobody can make one up to probe for keys or to feed a query with types of their own.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from services.kernel.errors import Invalid, NotFound
from services.kernel.ids import global_id as global_id  # noqa: PLC0414 the other half of `parse_id`, and told from here

T = TypeVar("T")
MOST = 100
"""Rows a page has at most."""

_MAC_BYTES = 12


def parse_id(value: str, kind: str, field: str | None = None) -> UUID:
    """The UUID in an id of `kind`. Raises `NotFound` for anything else: malformed and absent are one answer."""
    found, id = split_id(value)
    if found != kind or id is None:
        raise NotFound(f"There is no such {kind} here.", field=field)
    return id


def split_id(value: str) -> tuple[str, UUID | None]:
    """(kind, UUID), or ("", None) when the string is no id of ours."""
    try:
        kind, _, raw = _decode(value).partition(b":")
        return kind.decode("ascii"), UUID(bytes=raw)
    except (ValueError, UnicodeError):
        return "", None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    node: T
    made: Callable[[T], str]
    """Makes the cursor, which few ask for: a page's last is told beside it."""

    @property
    def cursor(self) -> str:
        return self.made(self.node)


@dataclass(frozen=True, slots=True)
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What a connection shows: edges in order, and whether more follow."""

    edges: tuple[Edge[T], ...]
    page_info: PageInfo


def page_size(first: int) -> int:
    """`first` when it lies in 1..100. Raises `Invalid` otherwise."""
    if not 1 <= first <= MOST:
        raise Invalid(f"`first` must lie between 1 and {MOST}, not {first}.", field="first", low=1, high=MOST)
    return first


class Cursors:
    """Makes and reads the cursors of this installation; each list signs with its own name."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, listing: str, *key: str | int | UUID | datetime) -> str:
        body = json.dumps([_plain(part) for part in key], separators=(",", ":")).encode()
        return _encode(self._mac(listing, body) + body)

    def read(self, listing: str, cursor: str) -> list[str]:
        """The sort key in the cursor, as strings. Raises `Invalid` for a cursor that this list did not make."""
        try:
            raw = _decode(cursor)
        except ValueError:
            raw = b""
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(listing, body)):
            raise Invalid(
                "This cursor was not made by this list. Start again without `after`.", field="after", listing=listing
            )
        return [str(part) for part in json.loads(body)]

    def page(
        self, listing: str, rows: Sequence[T], first: int, key: Callable[[T], tuple[str | int | UUID | datetime, ...]]
    ) -> Page[T]:
        """A page of at most `first` rows out of up to `first + 1` that were asked for."""

        def made(row: T) -> str:
            return self.make(listing, *key(row))

        edges = tuple(Edge(row, made) for row in rows[:first])
        return Page(edges, PageInfo(len(rows) > first, edges[-1].cursor if edges else None))

    def _mac(self, listing: str, body: bytes) -> bytes:
        return hmac.new(self._secret, listing.encode() + b"\0" + body, hashlib.sha256).digest()[:_MAC_BYTES]


def _plain(part: str | int | UUID | datetime) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(value: str) -> bytes:
    """Raises `ValueError` on anything that `_encode` does not make."""
    if not value.isascii() or len(value) > 1000:
        raise ValueError("not an id or cursor")
    try:
        raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not an id or cursor") from error
    if _encode(raw) != value:
        raise ValueError("not written the one way")
    return raw
