"""From bytes to `Parsed`: inflate within the limit, then the parser of the format."""

import zlib

from services.readings.contracts import BodyFormat, TimeUnit
from services.readings.door import arrow, csvs, ndjson
from services.readings.door.limits import MAX_BODY_BYTES
from services.readings.door.parsed import Parsed
from services.readings.errors import BodyTooLarge, BodyUnreadable, EmptyBody

GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def inflate(content: bytes) -> bytes:
    """The body itself, inflated when it is gzip (told by its first two bytes).

    Raises `EmptyBody`, `BodyTooLarge` (before or after inflation), `BodyUnreadable` for damaged gzip.
    """
    if len(content) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body has {len(content):,} bytes; {MAX_BODY_BYTES:,} are taken. Send it in parts.")
    if content[:2] == GZIP:
        content = _gunzip(content)
    if not content.strip():
        raise EmptyBody("The body is empty. Send at least one row.")
    return content


def _gunzip(content: bytes) -> bytes:
    parts: list[bytes] = []
    room = MAX_BODY_BYTES
    while content:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = member.decompress(content, room + 1)
        except zlib.error as error:
            raise BodyUnreadable(f"The body starts like gzip but cannot be inflated: {error}.") from error
        room -= len(part)
        if room < 0:
            raise BodyTooLarge(f"The body inflates to more than {MAX_BODY_BYTES:,} bytes. Send it in parts.")
        if not member.eof:
            raise BodyUnreadable("The gzip body ends too early; it was cut on its way.")
        parts.append(part)
        content = member.unused_data
    return b"".join(parts)


def parse(content: bytes, form: BodyFormat, signals: tuple[str, ...], time_unit: TimeUnit | None) -> Parsed:
    """Parses an inflated body against a contract's signal keys; values are not judged yet.

    Raises `BodyUnreadable`, `EmptyBody`, `TooManyRows`, `TooManyColumns`.
    """
    if form is BodyFormat.ARROW:
        return arrow.parse(content)
    if form is BodyFormat.NDJSON:
        return ndjson.parse(content, signals, time_unit)
    return csvs.parse(content, signals, time_unit)
