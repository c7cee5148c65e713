"""Notifications: the server that mail goes by, who is told of what, and what was sent."""

from datetime import datetime
from uuid import UUID

import strawberry

from gateway.relay import Page, global_id, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, Shows, connect, mutation, read_id
from services.enclaves import api as enclaves
from services.kernel.rights import Permission as Right
from services.notifications import api as notifications
from services.notifications import contracts
from services.notifications.contracts import MailSecurity, MailState, NotificationType

strawberry.enum(NotificationType, description="A kind of news that people are told.")
strawberry.enum(MailSecurity, description="How the way to a mail server is protected.")
strawberry.enum(MailState, name="NotificationMailState", description="Whether the mail server took it.")


@strawberry.type(description="A kind of news that people are told, in words.")
class NotificationTypeMeaning:
    type: NotificationType
    means: str


@strawberry.type(name="MailServer", description="The server that the tenant's mail goes by.")
class MailServerType(Shows):
    represents = contracts.MailServer
    host: str
    port: int
    security: MailSecurity
    sender: str
    username: str | None
    has_password: bool = strawberry.field(description="It is never shown.")
    changed_by: str
    changed_at: datetime


@strawberry.type(name="QuietHours", description="From one time of day until another, each day: nothing is sent then.")
class QuietHoursType:
    start: str = strawberry.field(description="`HH:MM`")
    end: str
    zone: str = strawberry.field(description="Of the IANA database, such as `Europe/Vienna`.")


@strawberry.type(name="NotifiedMember", description="A member who is told.")
class NotifiedMemberType:
    @strawberry.field(description="Of the `Member`.")
    @staticmethod
    def id(parent: strawberry.Parent[contracts.Told]) -> strawberry.ID:
        return strawberry.ID(global_id("Member", parent.id))

    name: str
    email: str


@strawberry.type(name="NotificationMail", description="Pieces of news in one mail, or a test. Kept for 30 days.")
class NotificationMailType(Node):
    represents = contracts.Mail
    recipients: list[str]
    subject: str
    body: str
    test: bool
    items: int = strawberry.field(description="Pieces of news in it.")
    state: MailState
    tries: int = strawberry.field(description="Begun so far.")
    next_try_at: datetime | None
    last_error: str | None = strawberry.field(description="What the server said.")
    created_at: datetime
    ended_at: datetime | None


@strawberry.type(name="NotificationSubscription", description="Who is told of which news, where, and how often.")
class NotificationSubscriptionType(Node):
    represents = contracts.Subscription
    name: str
    types: list[NotificationType]
    addresses: list[str]
    members: list[NotifiedMemberType]
    site: str | None
    line: str | None
    labels: str | None
    every_minutes: int
    quiet: QuietHoursType | None
    paused: bool
    last_mail_at: datetime | None
    created_by: str
    created_at: datetime

    @strawberry.field(graphql_type=Connection[NotificationMailType], description="Newest first.")
    @staticmethod
    async def mails(
        parent: strawberry.Parent[contracts.Subscription],
        info: Info,
        first: int = 50,
        after: str | None = None,
        state: MailState | None = None,
    ) -> Page[contracts.Mail]:
        async def ask(size: int, start: object) -> list[contracts.Mail]:
            return await info.context.read(notifications.list_mails, parent.id, size, start, state)

        listing = f"notification_mails/{parent.id}/{state}"
        return await connect(info, listing, first, after, ask, lambda each: (each.id,), read_id)


@strawberry.type
class NotificationsQuery:
    @strawberry.field(description="Every kind of news that people are told.")
    def notification_types(self) -> list[NotificationTypeMeaning]:
        return [NotificationTypeMeaning(type=type_, means=means) for type_, means in notifications.types().items()]

    @strawberry.field(
        graphql_type=MailServerType | None, description="Null: none is set. Needs `MANAGE_NOTIFICATIONS`."
    )
    async def mail_server(self, info: Info) -> contracts.MailServer | None:
        return await info.context.read(notifications.get_server)

    @strawberry.field(
        graphql_type=list[NotificationSubscriptionType],
        description="In the order made. Needs `MANAGE_NOTIFICATIONS`.",
    )
    async def notification_subscriptions(self, info: Info) -> list[contracts.Subscription]:
        return await info.context.read(notifications.list_subscriptions)

    @strawberry.field(graphql_type=NotificationSubscriptionType | None, description="Needs `MANAGE_NOTIFICATIONS`.")
    async def notification_subscription(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "NotificationSubscription")


@strawberry.input
class SetMailServerInput(Keyed):
    host: str
    port: int
    security: MailSecurity
    sender: str = strawberry.field(description="The address that mail comes from.")
    username: str | None = None
    password: str | None = strawberry.field(
        default=None,
        description="Left out, the one that is kept stays, if host, port, security and user name do.",
    )


@strawberry.input
class RemoveMailServerInput(Keyed): ...


@strawberry.input
class QuietHoursInput:
    start: str
    end: str
    zone: str


@strawberry.input
class CreateNotificationSubscriptionInput(Keyed):
    name: str
    types: list[NotificationType]
    addresses: list[str] = strawberry.field(default_factory=list)
    member_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    site: str | None = strawberry.field(default=None, description="Only about machines of that site, by its name.")
    line: str | None = None
    labels: str | None = strawberry.field(default=None, description="A label query, as that of `assets`.")
    every_minutes: int = strawberry.field(default=15, description="At most one mail in so long, 1 to 1440.")
    quiet: QuietHoursInput | None = None
    paused: bool = strawberry.field(default=False, description="Nothing is gathered for it, nor sent.")

    def new(self) -> contracts.NewSubscription:
        quiet = self.quiet and contracts.QuietHours(self.quiet.start, self.quiet.end, self.quiet.zone)
        members = tuple(parse_id(each, "Member", "memberIds") for each in self.member_ids)
        return contracts.NewSubscription(
            name=self.name,
            types=tuple(self.types),
            addresses=tuple(self.addresses),
            member_ids=members,
            site=self.site,
            line=self.line,
            labels=self.labels,
            every_minutes=self.every_minutes,
            quiet=quiet,
            paused=self.paused,
        )


def _subscription(id: strawberry.ID) -> UUID:
    return parse_id(id, "NotificationSubscription", "subscriptionId")


@strawberry.input
class UpdateNotificationSubscriptionInput(CreateNotificationSubscriptionInput):
    subscription_id: strawberry.ID = strawberry.field(description="All else is as this says from now on.")


@strawberry.input
class DeleteNotificationSubscriptionInput(Keyed):
    subscription_id: strawberry.ID


@strawberry.input
class SendTestNotificationInput(Keyed):
    subscription_id: strawberry.ID


@strawberry.type
class NotificationsMutation:
    @mutation(
        Right.MANAGE_NOTIFICATIONS, "SetMailServerResult", MailServerType, "Mail of the tenant goes by it from now on."
    )
    async def set_mail_server(self, info: Info, input: SetMailServerInput) -> contracts.MailServer:
        platform = info.context.platform
        new = contracts.NewMailServer(
            input.host, input.port, input.security, input.sender, input.username, input.password
        )
        return await info.context.change(notifications.set_server, enclaves.grounded(platform), platform.reach, new)

    @mutation(
        Right.MANAGE_NOTIFICATIONS,
        "RemoveMailServerResult",
        MailServerType,
        "Nothing is sent any more, until another one is set.",
    )
    async def remove_mail_server(self, info: Info, input: RemoveMailServerInput) -> contracts.MailServer:
        return await info.context.change(notifications.remove_server)

    @mutation(
        Right.MANAGE_NOTIFICATIONS,
        "CreateNotificationSubscriptionResult",
        NotificationSubscriptionType,
        "Tells people of news from now on.",
    )
    async def create_notification_subscription(
        self, info: Info, input: CreateNotificationSubscriptionInput
    ) -> contracts.Subscription:
        return await info.context.change(notifications.create_subscription, input.new())

    @mutation(
        Right.MANAGE_NOTIFICATIONS,
        "UpdateNotificationSubscriptionResult",
        NotificationSubscriptionType,
        "Makes the whole subscription what the input says.",
    )
    async def update_notification_subscription(
        self, info: Info, input: UpdateNotificationSubscriptionInput
    ) -> contracts.Subscription:
        id = _subscription(input.subscription_id)
        return await info.context.change(notifications.update_subscription, id, input.new())

    @mutation(
        Right.MANAGE_NOTIFICATIONS,
        "DeleteNotificationSubscriptionResult",
        NotificationSubscriptionType,
        "Forgets it with its mails.",
    )
    async def delete_notification_subscription(
        self, info: Info, input: DeleteNotificationSubscriptionInput
    ) -> contracts.Subscription:
        id = _subscription(input.subscription_id)
        return await info.context.change(notifications.delete_subscription, id)

    @mutation(
        Right.MANAGE_NOTIFICATIONS,
        "SendTestNotificationResult",
        NotificationMailType,
        "Sends a mail to its recipients, once and at once; the mail tells what the server answered.",
    )
    async def send_test_notification(self, info: Info, input: SendTestNotificationInput) -> contracts.Mail:
        return await info.context.change(notifications.send_test, _subscription(input.subscription_id))
