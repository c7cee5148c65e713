"""Webhooks: where news is posted, and what became of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.relay import Page, parse_id
from gateway.schema.kit import Connection, Info, Keyed, Node, Shows, aware, connect, loaded, mutation, read_id
from services.enclaves import api as enclaves
from services.kernel.rights import Permission as Right
from services.webhooks import api as webhooks
from services.webhooks import contracts
from services.webhooks.contracts import DeliveryState, EndpointState

strawberry.enum(EndpointState, name="WebhookEndpointState", description="Whether news is posted to it.")
strawberry.enum(DeliveryState, name="WebhookDeliveryState", description="Whether it arrived.")


@strawberry.type(description="A kind of news that webhooks tell; `docs/reference/webhooks.md` has their payloads.")
class WebhookType:
    name: str
    means: str


@strawberry.type(name="WebhookAttempt", description="A try to post.")
class WebhookAttemptType:
    number: int = strawberry.field(description="From 1. One that is missing was cut off with its worker.")
    at: datetime
    status: int | None = strawberry.field(description="HTTP status; null when there was no answer.")
    error: str | None = strawberry.field(description="What was wrong; null for a success.")
    duration_ms: int
    answer: str = strawberry.field(description="The first 1,024 bytes of what a refusing receiver answered.")


@strawberry.type(name="WebhookDelivery", description="A piece of news on its way to one endpoint. Kept for 30 days.")
class WebhookDeliveryType(Node):
    represents = contracts.Delivery
    webhook_id: str = strawberry.field(description="The header `webhook-id`, the same on every try.")
    type: str
    body: str = strawberry.field(description="JSON, as it is posted.")
    state: DeliveryState
    tries: int = strawberry.field(description="Begun so far.")
    next_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    duration_ms: int | None = strawberry.field(description="Of the last try that ended.")
    attempts: list[WebhookAttemptType] = strawberry.field(description="The last 20, oldest first.")
    created_at: datetime
    ended_at: datetime | None

    endpoint = loaded(
        Annotated["WebhookEndpointType", strawberry.lazy("gateway.schema.webhooks")], "endpoints", "endpoint_id"
    )


@strawberry.type(name="WebhookEndpoint", description="Where news of the tenant is posted.")
class WebhookEndpointType(Node):
    represents = contracts.Endpoint
    url: str
    description: str
    types: list[str] = strawberry.field(description="Of news that it gets.")
    state: EndpointState
    reason: str | None = strawberry.field(description="Why it is disabled.")
    failing_since: datetime | None = strawberry.field(description="The first failure after the last success.")
    former_secret_until: datetime | None = strawberry.field(
        description="Until then deliveries are signed with the secret before the present one as well."
    )
    created_by: str
    created_at: datetime

    @strawberry.field(graphql_type=Connection[WebhookDeliveryType], description="Newest first.")
    @staticmethod
    async def deliveries(
        parent: strawberry.Parent[contracts.Endpoint],
        info: Info,
        first: int = 50,
        after: str | None = None,
        state: DeliveryState | None = None,
    ) -> Page[contracts.Delivery]:
        async def ask(size: int, start: object) -> list[contracts.Delivery]:
            return await info.context.read(webhooks.list_deliveries, parent.id, size, start, state)

        listing = f"webhook_deliveries/{parent.id}/{state}"
        return await connect(info, listing, first, after, ask, lambda each: (each.id,), read_id)


@strawberry.type(name="WebhookEndpointWithSecret")
class WebhookEndpointWithSecretType(Shows):
    represents = contracts.EndpointWithSecret
    endpoint: WebhookEndpointType
    secret: str = strawberry.field(description="`whsec_…`, shown this once: what deliveries are signed with.")


@strawberry.type(name="RedeliveredWebhooks")
class RedeliveredWebhooksType(Shows):
    represents = contracts.Redelivered
    endpoint: WebhookEndpointType
    deliveries: int = strawberry.field(description="How many are posted again.")


@strawberry.type
class WebhooksQuery:
    @strawberry.field(description="Every type of news there is.")
    def webhook_types(self) -> list[WebhookType]:
        return [WebhookType(name=name, means=means) for name, means in webhooks.types().items()]

    @strawberry.field(graphql_type=list[WebhookEndpointType], description="In the order made. Needs `MANAGE_WEBHOOKS`.")
    async def webhook_endpoints(self, info: Info) -> list[contracts.Endpoint]:
        return await info.context.read(webhooks.list_endpoints)

    @strawberry.field(graphql_type=WebhookEndpointType | None, description="Needs `MANAGE_WEBHOOKS`.")
    async def webhook_endpoint(self, info: Info, id: strawberry.ID) -> object | None:
        return await info.context.node(id, "WebhookEndpoint")


@strawberry.input
class CreateWebhookEndpointInput(Keyed):
    url: str = strawberry.field(description="`https://…`, to a public address.")
    types: list[str] = strawberry.field(description="Of news that it is to get; `webhookTypes` lists them.")
    description: str = ""


@strawberry.input
class WebhookEndpointInput(Keyed):
    endpoint_id: strawberry.ID

    def uuid(self) -> UUID:
        return parse_id(self.endpoint_id, "WebhookEndpoint", "endpointId")


@strawberry.input
class UpdateWebhookEndpointInput(WebhookEndpointInput):
    url: str | None = strawberry.field(default=None, description="What is left out stays as it is.")
    types: list[str] | None = None
    description: str | None = None


@strawberry.input
class PauseWebhookEndpointInput(WebhookEndpointInput): ...


@strawberry.input
class ResumeWebhookEndpointInput(WebhookEndpointInput): ...


@strawberry.input
class DeleteWebhookEndpointInput(WebhookEndpointInput): ...


@strawberry.input
class RotateWebhookSecretInput(WebhookEndpointInput): ...


@strawberry.input
class PingWebhookEndpointInput(WebhookEndpointInput): ...


@strawberry.input
class RedeliverFailedWebhooksInput(WebhookEndpointInput):
    since: datetime = strawberry.field(description="When the news happened, at the earliest.")


@strawberry.input
class RedeliverWebhookInput(Keyed):
    delivery_id: strawberry.ID


@strawberry.type
class WebhooksMutation:
    @mutation(
        Right.MANAGE_WEBHOOKS,
        "CreateWebhookEndpointResult",
        WebhookEndpointWithSecretType,
        "Posts news to an address from now on, and shows its secret once.",
    )
    async def create_webhook_endpoint(
        self, info: Info, input: CreateWebhookEndpointInput
    ) -> contracts.EndpointWithSecret:
        platform = info.context.platform
        new = contracts.NewEndpoint(input.url, tuple(input.types), input.description)
        return await info.context.change(webhooks.create_endpoint, enclaves.grounded(platform), platform.reach, new)

    @mutation(
        Right.MANAGE_WEBHOOKS, "UpdateWebhookEndpointResult", WebhookEndpointType, "Changes where and what is posted."
    )
    async def update_webhook_endpoint(self, info: Info, input: UpdateWebhookEndpointInput) -> contracts.Endpoint:
        types = None if input.types is None else tuple(input.types)
        change = contracts.EndpointChange(input.url, types, input.description)
        return await info.context.change(webhooks.update_endpoint, info.context.platform.reach, input.uuid(), change)

    @mutation(
        Right.MANAGE_WEBHOOKS,
        "PauseWebhookEndpointResult",
        WebhookEndpointType,
        "Posts nothing more to it; news is kept and posted when it is resumed.",
    )
    async def pause_webhook_endpoint(self, info: Info, input: PauseWebhookEndpointInput) -> contracts.Endpoint:
        return await info.context.change(webhooks.pause_endpoint, input.uuid())

    @mutation(
        Right.MANAGE_WEBHOOKS,
        "ResumeWebhookEndpointResult",
        WebhookEndpointType,
        "Goes on after a pause, or after it was disabled.",
    )
    async def resume_webhook_endpoint(self, info: Info, input: ResumeWebhookEndpointInput) -> contracts.Endpoint:
        return await info.context.change(webhooks.resume_endpoint, input.uuid())

    @mutation(
        Right.MANAGE_WEBHOOKS, "DeleteWebhookEndpointResult", WebhookEndpointType, "Forgets it with its deliveries."
    )
    async def delete_webhook_endpoint(self, info: Info, input: DeleteWebhookEndpointInput) -> contracts.Endpoint:
        return await info.context.change(webhooks.delete_endpoint, input.uuid())

    @mutation(
        Right.MANAGE_WEBHOOKS,
        "RotateWebhookSecretResult",
        WebhookEndpointWithSecretType,
        "Makes a new secret and shows it once; for 24 hours the one before signs as well.",
    )
    async def rotate_webhook_secret(self, info: Info, input: RotateWebhookSecretInput) -> contracts.EndpointWithSecret:
        ground = enclaves.grounded(info.context.platform)
        return await info.context.change(webhooks.rotate_secret, ground, input.uuid())

    @mutation(
        Right.MANAGE_WEBHOOKS,
        "PingWebhookEndpointResult",
        WebhookDeliveryType,
        "Posts `webhook.ping` once, whatever the state; the delivery tells what came of it.",
    )
    async def ping_webhook_endpoint(self, info: Info, input: PingWebhookEndpointInput) -> contracts.Delivery:
        return await info.context.change(webhooks.ping_endpoint, input.uuid())

    @mutation(
        Right.MANAGE_WEBHOOKS,
        "RedeliverWebhookResult",
        WebhookDeliveryType,
        "Posts a delivery again, with the same `webhook-id`.",
    )
    async def redeliver_webhook(self, info: Info, input: RedeliverWebhookInput) -> contracts.Delivery:
        delivery_id = parse_id(input.delivery_id, "WebhookDelivery", "deliveryId")
        return await info.context.change(webhooks.redeliver, delivery_id)

    @mutation(
        Right.MANAGE_WEBHOOKS,
        "RedeliverFailedWebhooksResult",
        RedeliveredWebhooksType,
        "Posts all that was given up since then again.",
    )
    async def redeliver_failed_webhooks(self, info: Info, input: RedeliverFailedWebhooksInput) -> contracts.Redelivered:
        since = aware(input.since, "since")
        return await info.context.change(webhooks.redeliver_failed, input.uuid(), since)
