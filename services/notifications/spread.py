"""News of the outbox becomes items: one for each subscription that wants it, and mails once it is time.

Whoever calls commits. The id of an item's news is made from the news and not by lot, so a job that runs again adds
nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.assets import api as assets
from services.kernel.ids import new_id
from services.kernel.rights import Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.monitoring import api as monitoring
from services.notifications import model
from services.notifications.catalogue import SOURCES, TYPES, News
from services.notifications.contracts import MailState, QuietHours
from services.notifications.repository import Notifications
from services.notifications.tables import MailRow, SubscriptionRow
from services.tenancy import api as tenancy

_ITEMS = UUID("0d3c2f5e-58b1-4d62-9a0e-6a1b7d3e4c55")


async def spread(uow: UnitOfWork, source: str, payload: Mapping[str, Any], now: datetime) -> int:
    """Writes the items of news (`payload["news"]` says which, as `kernel.outbox` gives it) that are not there yet;
    answers how many it found wanted. A statement more for each subscription that looks at some machines only."""
    type_, store = SOURCES[source], Notifications(uow)
    wanting = [row for row in await store.subscriptions() if not row.paused and type_ in row.types]
    if not wanting:
        return 0
    principal = system_principal(uow.tenant)
    told = await TYPES[type_].tell(uow, principal, payload)
    known = set[UUID]().union(*(news.assets for news in told))
    rows: list[dict[str, Any]] = []
    for subscription in wanting:
        wanted = await _wanted(uow, principal, subscription, known)
        rows += [
            _item(uow, subscription, payload["news"], place, news, wanted, now)
            for place, news in enumerate(told)
            if news.assets.keys() & wanted
        ]
    if rows:
        for row, id_ in zip(rows, sorted(new_id() for _ in rows), strict=True):
            row["id"] = id_  # they are told in this order, and ids of one millisecond have none
        await store.add_items(rows)
    return len(rows)


async def _wanted(uow: UnitOfWork, principal: Principal, row: SubscriptionRow, known: set[UUID]) -> set[UUID]:
    if row.site is None and row.line is None and row.labels is None:
        return known
    return await assets.which_match(uow, principal, known, row.site, row.line, row.labels)


def _item(
    uow: UnitOfWork,
    subscription: SubscriptionRow,
    origin: Mapping[str, Any],
    place: int,
    news: News,
    wanted: set[UUID],
    now: datetime,
) -> dict[str, Any]:
    machines = sorted((asset for id_, asset in news.assets.items() if id_ in wanted), key=lambda asset: asset.key)
    words = news.say(machines)
    return {
        "tenant_id": uow.tenant,
        "subscription_id": subscription.id,
        "message_id": uuid5(_ITEMS, f"{origin['at']} {origin['sequence']} {place}"),
        "alarm_id": news.alarm_id,
        "headline": words.headline,
        "detail": words.detail,
        "path": words.path,
        "created_at": now,
    }


async def compose(uow: UnitOfWork, now: datetime, public_url: str) -> int:
    """Makes a mail for each subscription that something waits for, whose last mail is long enough ago and whose hours
    are not quiet; answers how many. What is about a shelved alarm is left out. Nothing without a mail server."""
    store = Notifications(uow)
    if await store.server() is None:
        return 0
    due = [row for row in await store.due(now) if not model.is_quiet(quiet_of(row), now)]
    if not due:
        return 0
    principal = system_principal(uow.tenant)
    emails = {member.id: member.email for member in await tenancy.list_members(uow, principal)}
    await store.drop(await monitoring.shelved_alarms(uow, principal), [row.id for row in due])
    made = 0
    for subscription in due:
        mail_id = new_id()
        if not (count := await store.take(subscription.id, mail_id)):
            continue
        items = await store.first_items(mail_id, model.MOST_LISTED)
        sections = [f"{item.headline}\n{item.detail}\n{public_url}{item.path}" for item in items]
        subject = model.subject_of([item.headline for item in items], count)
        body = model.body_of(sections, count, footer(subscription))
        uow.session.add(mail(subscription, emails, subject, body, now, id=mail_id, items=count))
        subscription.last_mail_at = now
        made += 1
    await uow.session.flush()
    return made


def mail(
    subscription: SubscriptionRow,
    emails: Mapping[UUID, str],
    subject: str,
    body: str,
    now: datetime,
    *,
    id: UUID,
    items: int = 0,
) -> MailRow:
    """A mail that is due at once; a test, if there is no news in it."""
    members = [emails[UUID(each)] for each in subscription.member_ids if UUID(each) in emails]
    recipients = dict.fromkeys([*subscription.addresses, *filter(model.is_address, members)])
    return MailRow(
        tenant_id=subscription.tenant_id,
        id=id,
        subscription_id=subscription.id,
        recipients=list(recipients),
        subject=subject,
        body=body,
        test=items == 0,
        items=items,
        state=MailState.WAITING.value,
        tries=0,
        next_try_at=now,
        created_at=now,
    )


def footer(row: SubscriptionRow) -> str:
    often = f"at most one mail in {row.every_minutes} min"
    return f"Sent by Andon for the subscription “{row.name}”: {often}. An admin of your tenant changes that."


def quiet_of(row: SubscriptionRow) -> QuietHours | None:
    if row.quiet_start is None or row.quiet_end is None or row.zone is None:
        return None
    return QuietHours(row.quiet_start, row.quiet_end, row.zone)
