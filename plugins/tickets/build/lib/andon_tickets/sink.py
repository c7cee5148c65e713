"""Opens a ticket for each alarm, writes into it, and closes it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from andon_sdk.destination import DestinationUnavailable, Moment, Notice, Undeliverable, detail, headline
from andon_tickets.settings import Request, Settings, filled, pointed

_SHOWN = 300
"""Characters of a refusal that are told."""
_LATER = frozenset({401, 403, 407, 408, 423, 425, 429})
"""Refusals that a person or time mends, beside those of 500 and above; the notice waits."""


class Tickets:
    """Which ticket belongs to which alarm is kept in `tickets.json` until the alarm clears.

    The header `Idempotency-Key` is the same whenever a notice is sent again: a system that minds it opens one ticket
    even if this process dies between the answer and noting it.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._path = settings, folder / "tickets.json"
        self._tickets: dict[str, str] = {}
        self._http: httpx.AsyncClient | None = None

    async def open(self) -> None:
        secret = self._settings.authorization
        headers = {"Authorization": secret.get_secret_value()} if secret else {}
        self._http = httpx.AsyncClient(headers=headers, timeout=self._settings.timeout_s)
        if self._path.exists():
            self._tickets = json.loads(self._path.read_text("utf-8"))

    async def deliver(self, notice: Notice) -> None:
        ticket = self._tickets.get(notice.alarm_id)
        if ticket is None:
            if notice.on:
                await self._create(notice)
            return
        if notice.moment is Moment.CLEARED and self._settings.close:
            await self._send(self._settings.close, notice, ticket)
        elif notice.moment is not Moment.RAISED and self._settings.comment:
            await self._send(self._settings.comment, notice, ticket)
        if notice.moment is Moment.CLEARED:
            self._keep({alarm: known for alarm, known in self._tickets.items() if alarm != notice.alarm_id})

    async def close(self) -> None:
        if self._http:
            await self._http.aclose()
            self._http = None

    async def _create(self, notice: Notice) -> None:
        answer = await self._send(self._settings.create, notice)
        try:
            ticket = pointed(answer.json(), self._settings.ticket)
        except (ValueError, LookupError):
            raise Undeliverable(
                f"The ticket was created, but there is no {self._settings.ticket} in the answer: "
                f"{answer.text[:_SHOWN]!r}. Set `ticket` to where the id stands."
            ) from None
        self._keep(self._tickets | {notice.alarm_id: str(ticket)})

    async def _send(self, request: Request, notice: Notice, ticket: str | None = None) -> httpx.Response:
        assert self._http is not None, "open comes first"
        facts = _facts(notice) | ({"ticket": ticket} if ticket is not None else {})
        url = filled(request.url, {name: quote(value, safe="") for name, value in facts.items()})
        try:
            answer = await self._http.request(
                request.method, url, json=filled(request.body, facts), headers={"Idempotency-Key": notice.id}
            )
        except httpx.HTTPError as error:
            raise DestinationUnavailable(f"{request.method} {url}: {str(error) or type(error).__name__}") from error
        if answer.is_success:
            return answer
        said = f"{request.method} {url} was answered {answer.status_code}: {answer.text[:_SHOWN]!r}"
        if answer.status_code in _LATER or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise DestinationUnavailable(said)
        raise Undeliverable(said)

    def _keep(self, tickets: dict[str, str]) -> None:
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(tickets), "utf-8")
        part.replace(self._path)
        self._tickets = tickets


def _facts(notice: Notice) -> dict[str, str]:
    names = ("id", "asset", "title", "site", "line", "rule", "by")
    facts: dict[str, Any] = {name: getattr(notice, name) for name in names}
    facts |= {"alarm": notice.alarm_id, "moment": str(notice.moment), "at": notice.at.isoformat()}
    return facts | {"peak": f"{notice.peak:.3g}", "headline": headline(notice), "detail": detail(notice)}
