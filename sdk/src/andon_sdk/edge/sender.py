"""Bringing an outbox to Andon's door: new rows at once, and beside them what waited, the oldest first.

Two lanes send at the same time, so neither waits for the other. The *live* lane takes what was committed since the link
last worked. Whatever the live lane could not bring becomes backlog, and the *backlog* lane takes it in large blocks,
which go through the door many times faster than rows come from a plant. A block that was sent and not answered is sent
again exactly as it was: its key is made of its content, and the door answers the first receipt again.
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass

import pyarrow as pa

from andon_sdk.client import AsyncClient, ClientError, NotSignedIn, Refused
from andon_sdk.client.answers import encode
from andon_sdk.edge.backoff import Backoff
from andon_sdk.edge.outbox import Damaged, Outbox
from andon_sdk.edge.progress import Progress, Span

log = logging.getLogger("andon_sdk.edge")
ALL_REFUSED = "ROWS_REFUSED"


@dataclass(slots=True)
class Link:
    """What is known of the way to Andon, for all senders: told in the status."""

    trouble: str = "nothing was sent yet"


class Sender:
    """Of one outbox. `trouble_s`: how long it waits after a refusal that only a person can end."""

    def __init__(
        self,
        client: AsyncClient,
        contract: str,
        outbox: Outbox,
        progress: Progress,
        policy: str,
        link: Link,
        *,
        block_rows: int,
        trouble_s: float = 30.0,
    ) -> None:
        self._client, self._contract, self._outbox, self._progress = client, contract, outbox, progress
        self._policy, self._link, self._trouble_s = policy, link, trouble_s
        self._live_from = outbox.tail
        self._news, self._left = asyncio.Event(), asyncio.Event()
        self._block_rows = block_rows
        self._backoff_of_live, self._backoff_of_backlog = Backoff(), Backoff()

    def wake(self) -> None:
        """New frames are committed."""
        self._news.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._live())
            group.create_task(self._backlog())

    async def _live(self) -> None:
        while True:
            self._news.clear()
            span = self._next(self._live_from, self._outbox.tail)
            if span is None:
                await self._news.wait()
            elif span.last + 1 == self._outbox.tail and await self._bring(span, self._backoff_of_live):
                self._live_from = span.last + 1
            else:  # it failed, or more waits than a block: that is backlog, and what comes from now on is live
                self._live_from = self._outbox.tail
                self._left.set()

    async def _backlog(self) -> None:
        while True:
            self._left.clear()
            span = self._unanswered() or self._next(0, self._live_from)
            if span is None:
                await self._left.wait()
            else:
                await self._bring(span, self._backoff_of_backlog)

    def _unanswered(self) -> Span | None:
        """A block of the backlog that was sent before and not answered."""
        return next((span for span in self._progress.under_way if span.last < self._live_from), None)

    def _next(self, start: int, end: int) -> Span | None:
        first = self._outbox.first_waiting(start, end)
        return None if first is None else self._outbox.block(first, end, self._block_rows)

    async def _bring(self, span: Span, backoff: Backoff) -> bool:
        """Sends a block and notes the answer; after a failure it waits. False if it has to be sent again."""
        try:
            table = await asyncio.to_thread(self._outbox.read, span)
        except Damaged as damage:
            log.error("%s: %s", self._contract, damage)
            self._outbox.lose(damage.frame)
            table = None
        if table is None:
            if span in self._progress.under_way:
                self._progress.forget(span)
            return True
        self._progress.begin(span)
        try:
            await self._send(span, table)
        except (ClientError, OSError) as error:
            self._say(error)
            await asyncio.sleep(self._pause(error, backoff))
            return False
        backoff.worked()
        self._say(None)
        return True

    async def _send(self, span: Span, table: pa.Table) -> None:
        rows = table.num_rows
        table = _with_dictionary(table)
        key = await asyncio.to_thread(self._key, table)
        try:
            receipt = await self._client.ingest(self._contract, table, error_policy=self._policy, idempotency_key=key)
        except Refused as error:
            if error.code != ALL_REFUSED:
                raise
            self._progress.last_refusal = str(error)
            log.error("%s: %d rows refused: %s", self._contract, rows, error)
            self._outbox.done(span, rows, sent=rows, refused=rows)
            return
        if receipt["verdicts"]:
            first = receipt["verdicts"][0]
            self._progress.last_refusal = f"{first['code']}: {first['message']}"
        counts = {name: receipt[name] for name in ("stored", "quarantined", "refused", "duplicates")}
        self._outbox.done(span, rows, sent=rows, **counts)

    def _key(self, table: pa.Table) -> str:
        """Made of all that the answer depends on."""
        digest = hashlib.sha256(encode(table))
        digest.update(f"{self._contract}\0{self._policy}".encode())
        return f"edge-{digest.hexdigest()}"

    def _say(self, error: Exception | None) -> None:
        said = "" if error is None else f"{type(error).__name__}: {error}"
        if said and not self._link.trouble:
            log.warning("Andon cannot take rows just now, they wait on disk: %s", said)
        elif not said and self._link.trouble:
            log.info("Andon takes rows")
        self._link.trouble = said

    def _pause(self, error: Exception, backoff: Backoff) -> float:
        if isinstance(error, Refused) and error.retry_after_s is not None:
            return max(error.retry_after_s, backoff.pause())
        if isinstance(error, NotSignedIn | Refused):
            return self._trouble_s
        return backoff.pause()


def _with_dictionary(table: pa.Table) -> pa.Table:
    """An asset's key once and not in every row: less to send, and what the door works with."""
    return table.set_column(0, "asset", table.column("asset").combine_chunks().dictionary_encode())
