"""Makes mails of what waits and hands them over, for one tenant, until cancelled.

Several workers may do so at once: what one claims is its own until a time that no try outlasts, and after it the try
counts as lost with its worker. No try holds a connection to the database.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import prometheus_client

from services.enclaves import api as enclaves
from services.enclaves.platform import Platform
from services.kernel.ids import TenantId
from services.kernel.outward import Outward, Resolver
from services.notifications import model
from services.notifications.adapters import smtp
from services.notifications.adapters.smtp import Outcome, Way
from services.notifications.contracts import MailSecurity, MailState
from services.notifications.repository import Notifications
from services.notifications.spread import compose
from services.notifications.tables import MailRow, MailServerRow

MAILS = prometheus_client.Counter("andon_notification_mails", "Tries to hand mail over", ["outcome"])
NO_SERVER = "No mail server is set, so nothing can be sent. Set one, and send it again."


@dataclass(frozen=True, slots=True)
class Pace:
    at_once: int = 4
    lost_after_s: float = 120.0
    """More than any try takes, with what is written after it."""
    look_s: float = 2.0
    purge_s: float = 3600.0


class Sender:
    def __init__(self, platform: Platform, tenant: TenantId, outward: Outward, pace: Pace | None = None) -> None:
        self._platform = platform
        self._tenant = tenant
        self._vault = enclaves.grounded(platform).vault
        self._outward = outward
        self._pace = pace or Pace()

    async def run(self) -> None:
        purge_at = self._now()
        with ThreadPoolExecutor(self._pace.at_once, "smtp") as threads:
            while True:
                while await self.look(threads):
                    continue
                if self._now() >= purge_at:
                    await self._purge()
                    purge_at = self._now() + timedelta(seconds=self._pace.purge_s)
                await asyncio.sleep(self._pace.look_s)

    async def look(self, threads: ThreadPoolExecutor) -> int:
        """Makes the mails that it is time for, and tries those that are due; answers how many it tried."""
        now = self._now()
        async with self._platform.database.unit(self._tenant) as uow:
            if await compose(uow, now, self._platform.public_url):
                await uow.commit()
        async with self._platform.database.unit(self._tenant) as uow:
            store = Notifications(uow)
            lost_at = now + timedelta(seconds=self._pace.lost_after_s)
            claimed = await store.claim(self._pace.at_once, now, lost_at)
            server = await store.server() if claimed else None
            if claimed:
                await uow.commit()
        await asyncio.gather(*(self._try(mail, server, threads) for mail in claimed))
        return len(claimed)

    def _now(self) -> datetime:
        return self._platform.clock()

    async def _try(self, mail: MailRow, server: MailServerRow | None, threads: ThreadPoolExecutor) -> None:
        if server is None:
            outcome = Outcome(False, NO_SERVER, final=True)
        elif not mail.recipients:
            outcome = Outcome(False, "Nobody is left to send it to.", final=True)
        else:
            way = self._way(server)
            message = smtp.letter(way.sender, mail.recipients, mail.subject, mail.body, mail.id.hex)
            outcome = await smtp.send(way, message, mail.recipients, self._outward, threads)
        MAILS.labels("sent" if outcome.taken else "failed").inc()
        await self._note(mail, outcome)

    def _way(self, server: MailServerRow) -> Way:
        password = None if server.password is None else self._vault.open(server.password)
        security = MailSecurity(server.security)
        return Way(server.host, server.port, security, server.sender, server.username, password)

    async def _note(self, mail: MailRow, outcome: Outcome) -> None:
        """Writes what came of a try, unless the mail went to another worker or away meanwhile."""
        async with self._platform.database.unit(self._tenant) as uow:
            row = await Notifications(uow).mail(mail.id, lock=True)
            if row is None or row.tries != mail.tries or row.state != MailState.WAITING.value:
                return
            note(row, outcome, self._now())
            await uow.session.flush()
            await uow.commit()

    async def _purge(self) -> None:
        now = self._now()
        async with self._platform.database.unit(self._tenant) as uow:
            await Notifications(uow).purge(now - model.KEPT, now - model.STALE)
            await uow.commit()


def note(row: MailRow, outcome: Outcome, now: datetime) -> None:
    """What the try makes of the mail: sent, tried again, or given up. A test is a question and is asked once."""
    row.last_error = outcome.error
    pause = None if outcome.final or row.test else model.wait(row.tries)
    if outcome.taken:
        row.state, row.next_try_at, row.ended_at = MailState.SENT.value, None, now
    elif pause is None:
        row.state, row.next_try_at, row.ended_at = MailState.FAILED.value, None, now
    else:
        row.next_try_at = now + pause


async def send(platform: Platform, tenant: TenantId) -> None:
    """The consumer: sends the tenant's mail until cancelled."""
    resolver = Resolver()
    try:
        await Sender(platform, tenant, Outward(platform.reach, resolver, httpx.create_ssl_context())).run()
    finally:
        resolver.close()
