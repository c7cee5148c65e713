"""Posting news to a receiver, once, by the guarded way out of the kernel."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from services.kernel.outward import Answer, NoAnswer, Outward

TIMEOUT_S = 15.0
MOST_READ = 1024
"""Bytes of an answer that are read at most."""
_OURS = {"user-agent": "Andon-Webhooks/1", "content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try."""

    status: int | None
    error: str | None
    """For people; None for a success."""
    duration_ms: int
    answer: str = ""
    retry_after: float | None = None
    """Seconds the receiver asks to wait."""


async def post(url: str, headers: Mapping[str, str], body: bytes, outward: Outward) -> Outcome:
    """Posts once. Whatever goes wrong on the way or over there is in the answer and not raised."""
    began = time.monotonic()
    try:
        answer = await outward.ask("POST", url, {**_OURS, **headers}, body, most_read=MOST_READ, seconds=TIMEOUT_S)
    except NoAnswer as error:
        return Outcome(None, str(error), _since(began))
    return _judge(answer, _since(began))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _judge(answer: Answer, duration_ms: int) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome(status, None, duration_ms)
    error = f"The receiver answered {status}."
    if 300 <= status < 400:
        error = f"The receiver answered {status}, a redirect. Redirects are not followed: give the address itself."
    text = answer.body.decode("utf-8", "replace").replace("\0", "�")
    return Outcome(status, error, duration_ms, text, _retry_after(answer))


def _retry_after(answer: Answer) -> float | None:
    """Seconds of the header; its other form, a date, is passed over."""
    value = (answer.header(b"retry-after") or "").strip()
    return float(value) if value.isdigit() and value.isascii() else None
