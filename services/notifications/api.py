"""The only door to notifications.

Who says where mail goes sends the tenant's facts out of the house, and addresses are people's: all of this, reading
included, takes the right `MANAGE_NOTIFICATIONS`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.assets import api as assets
from services.enclaves.platform import Ground
from services.kernel.clock import utc_now
from services.kernel.ids import new_id
from services.kernel.reach import Reach
from services.kernel.rights import Permission, Principal, system_principal
from services.kernel.uow import UnitOfWork
from services.notifications import model, spread
from services.notifications.catalogue import TYPES
from services.notifications.contracts import (
    Mail,
    MailSecurity,
    MailServer,
    MailState,
    NewMailServer,
    NewSubscription,
    NotificationType,
    Subscription,
    Told,
)
from services.notifications.errors import (
    MailServerNotFound,
    RecipientNotFound,
    SubscriptionNotFound,
    TooManySubscriptions,
)
from services.notifications.repository import Notifications
from services.notifications.tables import MailRow, MailServerRow, SubscriptionRow
from services.tenancy import api as tenancy
from services.tenancy.contracts import Member

TEST_SUBJECT = "[Andon] Test message"


def types() -> dict[NotificationType, str]:
    """Every kind of news there is, with what it means."""
    return {type_: kind.means for type_, kind in TYPES.items()}


async def get_server(uow: UnitOfWork, principal: Principal) -> MailServer | None:
    """The password is not shown."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    row = await Notifications(uow).server()
    return None if row is None else _server(row)


async def set_server(
    uow: UnitOfWork, principal: Principal, ground: Ground, reach: Reach, new: NewMailServer
) -> MailServer:
    """Mail goes by it from now on. Without a password the one that is kept stays, unless it would go to another
    server, or to the same one unprotected. Raises `MailServerInvalid`, `MailServerForbidden`."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    checked, store = model.checked_server(new, reach), Notifications(uow)
    await store.lock_all()
    row = await store.server(lock=True)
    kept = row.password if row is not None and _same_way(row, checked) else None
    password = kept if checked.password is None else ground.vault.close(checked.password)
    known = {
        "host": checked.host,
        "port": checked.port,
        "security": checked.security.value,
        "sender": checked.sender,
        "username": checked.username,
        "password": password,
        "changed_by": principal.name,
        "changed_at": utc_now(),
    }
    if row is None:
        row = MailServerRow(tenant_id=uow.tenant, id=uow.tenant, **known)
        uow.session.add(row)
    else:
        for name, value in known.items():
            setattr(row, name, value)
    await uow.session.flush()
    return _server(row)


async def remove_server(uow: UnitOfWork, principal: Principal) -> MailServer:
    """Nothing is sent any more, until another one is set. Raises `MailServerNotFound`."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    row = await Notifications(uow).server(lock=True)
    if row is None:
        raise MailServerNotFound("No mail server is set.")
    gone = _server(row)
    await uow.session.delete(row)
    await uow.session.flush()
    return gone


async def create_subscription(uow: UnitOfWork, principal: Principal, new: NewSubscription) -> Subscription:
    """Raises `SubscriptionInvalid`, `RecipientInvalid`, `RecipientNotFound`, `LabelQueryInvalid`,
    `TooManySubscriptions`."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    checked, members = await _checked(uow, new)
    store = Notifications(uow)
    await store.lock_all()
    if await store.count() >= model.MOST_SUBSCRIPTIONS:
        message = f"A tenant has at most {model.MOST_SUBSCRIPTIONS} subscriptions. Delete one that is not needed."
        raise TooManySubscriptions(message, limit=model.MOST_SUBSCRIPTIONS)
    row = SubscriptionRow(tenant_id=uow.tenant, created_by=principal.name, created_at=utc_now(), **_columns(checked))
    uow.session.add(row)
    await uow.session.flush()
    return _subscription(row, members)


async def update_subscription(
    uow: UnitOfWork, principal: Principal, subscription_id: UUID, new: NewSubscription
) -> Subscription:
    """It is as `new` says from now on. Raises `SubscriptionNotFound` and what `create_subscription` raises."""
    row = await _get(uow, principal, subscription_id, lock=True)
    checked, members = await _checked(uow, new)
    for name, value in _columns(checked).items():
        setattr(row, name, value)
    await uow.session.flush()
    return _subscription(row, members)


async def delete_subscription(uow: UnitOfWork, principal: Principal, subscription_id: UUID) -> Subscription:
    """It goes with all its mails. Raises `SubscriptionNotFound`."""
    row = await _get(uow, principal, subscription_id, lock=True)
    gone = _subscription(row, await _members(uow))
    await Notifications(uow).delete_subscription(subscription_id)
    return gone


async def send_test(uow: UnitOfWork, principal: Principal, subscription_id: UUID) -> Mail:
    """Sends a mail to its recipients, once and at once, whatever its hours; the mail that is answered tells what came
    of it, in the server's own words. Raises `SubscriptionNotFound`, `MailServerNotFound`."""
    row = await _get(uow, principal, subscription_id)
    if await Notifications(uow).server() is None:
        raise MailServerNotFound("No mail server is set, so nothing can be sent. Set one first.")
    emails = {member.id: member.email for member in (await _members(uow)).values()}
    text = f"{principal.name} asked whether mail for “{row.name}” arrives. It does."
    body = model.body_of([model.clean(text, 500)], 1, spread.footer(row))
    mail = spread.mail(row, emails, TEST_SUBJECT, body, utc_now(), id=new_id())
    uow.session.add(mail)
    await uow.session.flush()
    return _mail(mail)


async def list_subscriptions(uow: UnitOfWork, principal: Principal) -> list[Subscription]:
    """In the order they were made; there are few."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    rows = await Notifications(uow).subscriptions()
    members = await _members(uow) if rows else {}
    return [_subscription(row, members) for row in rows]


async def list_mails(
    uow: UnitOfWork,
    principal: Principal,
    subscription_id: UUID,
    first: int = 50,
    after: UUID | None = None,
    state: MailState | None = None,
) -> list[Mail]:
    """A page of a subscription's mails, newest first; `after` is the id of the last one seen."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    return [_mail(row) for row in await Notifications(uow).page(subscription_id, first, after, state)]


async def get_mail(uow: UnitOfWork, principal: Principal, mail_id: UUID) -> Mail | None:
    """None where there is no such mail."""
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    row = await Notifications(uow).mail(mail_id)
    return None if row is None else _mail(row)


async def _get(uow: UnitOfWork, principal: Principal, subscription_id: UUID, *, lock: bool = False) -> SubscriptionRow:
    principal.require(Permission.MANAGE_NOTIFICATIONS)
    row = await Notifications(uow).subscription(subscription_id, lock=lock)
    if row is None:
        raise SubscriptionNotFound("There is no such subscription.", field="subscriptionId")
    return row


async def _members(uow: UnitOfWork) -> dict[UUID, Member]:
    return {member.id: member for member in await tenancy.list_members(uow, system_principal(uow.tenant))}


async def _checked(uow: UnitOfWork, new: NewSubscription) -> tuple[NewSubscription, Mapping[UUID, Member]]:
    """With all members of the tenant, by id. A label query that cannot be read is refused by who reads it."""
    checked, members = model.checked_subscription(new), await _members(uow)
    for member_id in checked.member_ids:
        member = members.get(member_id)
        if member is None:
            raise RecipientNotFound("There is no such member.", field="memberIds")
        if not model.is_address(member.email):
            message = f"The address of {member.name} is none that mail could go to. Name another one."
            raise RecipientNotFound(message, field="memberIds")
    await assets.which_match(uow, system_principal(uow.tenant), [], labels=checked.labels)
    return checked, members


def _same_way(row: MailServerRow, new: NewMailServer) -> bool:
    before = (row.host, row.port, row.security, row.username)
    return before == (new.host, new.port, new.security.value, new.username)


def _columns(new: NewSubscription) -> dict[str, Any]:
    quiet = new.quiet
    return {
        "name": new.name,
        "types": [type_.value for type_ in new.types],
        "addresses": list(new.addresses),
        "member_ids": [str(each) for each in new.member_ids],
        "site": new.site,
        "line": new.line,
        "labels": new.labels,
        "every_minutes": new.every_minutes,
        "quiet_start": quiet.start if quiet else None,
        "quiet_end": quiet.end if quiet else None,
        "zone": quiet.zone if quiet else None,
        "paused": new.paused,
    }


def _server(row: MailServerRow) -> MailServer:
    return MailServer(
        host=row.host,
        port=row.port,
        security=MailSecurity(row.security),
        sender=row.sender,
        username=row.username,
        has_password=row.password is not None,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


def _subscription(row: SubscriptionRow, members: Mapping[UUID, Member]) -> Subscription:
    told = [members[UUID(each)] for each in row.member_ids if UUID(each) in members]
    return Subscription(
        id=row.id,
        name=row.name,
        types=tuple(NotificationType(each) for each in row.types),
        addresses=tuple(row.addresses),
        members=tuple(Told(member.id, member.name, member.email) for member in told),
        site=row.site,
        line=row.line,
        labels=row.labels,
        every_minutes=row.every_minutes,
        quiet=spread.quiet_of(row),
        paused=row.paused,
        last_mail_at=row.last_mail_at,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _mail(row: MailRow) -> Mail:
    return Mail(
        id=row.id,
        subscription_id=row.subscription_id,
        recipients=tuple(row.recipients),
        subject=row.subject,
        body=row.body,
        test=row.test,
        items=row.items,
        state=MailState(row.state),
        tries=row.tries,
        next_try_at=row.next_try_at,
        last_error=row.last_error,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
