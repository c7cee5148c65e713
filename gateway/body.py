"""Bodies of requests, read in pieces and never further than their cap."""

import zlib
from typing import Any

import orjson
from starlette.requests import Request

from gateway.errors import BodyTooLarge, MediaTypeRefused, Refused


def media_type(request: Request) -> str:
    """The content type without its parameters, in lower case; empty if there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def json_object(request: Request, most: int) -> dict[str, Any]:
    """The JSON object in the body. Raises `MediaTypeRefused`, `BodyTooLarge` or `Refused`.

    Nothing but `application/json` is taken: a form on another site can send the other types without asking first.
    """
    if media_type(request) != "application/json":
        raise MediaTypeRefused("Send `Content-Type: application/json`.", accepted=["application/json"])
    try:
        value = orjson.loads(await read(request, most, most))
    except orjson.JSONDecodeError as error:
        raise Refused("The body is not JSON.") from error
    if not isinstance(value, dict):
        raise Refused("The body must be one JSON object.")
    return value


async def read(request: Request, most: int, inflated: int) -> bytes:
    """The body, with gzip undone: at most `most` bytes as sent and `inflated` after. Raises `BodyTooLarge`,
    `MediaTypeRefused` for another encoding, `Refused` for a broken one."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise MediaTypeRefused("The body may be sent as it is or with `Content-Encoding: gzip`.", accepted=["gzip"])
    inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    pieces: list[bytes] = []
    sent = size = 0
    async for piece in request.stream():
        sent += len(piece)
        if sent > most:
            raise _too_large(most)
        if inflate is not None:
            piece = _inflated(inflate, piece, size, inflated)  # noqa: PLW2901
        size += len(piece)
        pieces.append(piece)
    if inflate is not None and not inflate.eof:
        raise Refused("The gzip body ends before its end.")
    return b"".join(pieces)


def _inflated(inflate: Any, piece: bytes, size: int, most: int) -> bytes:
    try:
        grown = inflate.decompress(piece, most - size + 1)
    except zlib.error as error:
        raise Refused("The body is not gzip, although it says so.") from error
    if size + len(grown) > most or inflate.unconsumed_tail:
        raise _too_large(most, after=True)
    if inflate.unused_data:
        raise Refused("Something follows the end of the gzip body.")
    return grown


def _too_large(most: int, *, after: bool = False) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is larger than {most} bytes{' after gzip is undone' if after else ''}. Send it in pieces.", most=most
    )
