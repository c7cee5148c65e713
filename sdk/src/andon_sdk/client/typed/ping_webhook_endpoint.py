from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .enums import WebhookDeliveryState
from .fragments import Problem


class PingWebhookEndpoint(BaseModel):
    ping_webhook_endpoint: Union[
        "PingWebhookEndpointPingWebhookEndpointWebhookDelivery",
        "PingWebhookEndpointPingWebhookEndpointNotFoundError",
        "PingWebhookEndpointPingWebhookEndpointForbiddenError",
        "PingWebhookEndpointPingWebhookEndpointInvalidError",
        "PingWebhookEndpointPingWebhookEndpointConflictError",
        "PingWebhookEndpointPingWebhookEndpointExhaustedError",
        "PingWebhookEndpointPingWebhookEndpointUnavailableError",
    ] = Field(alias="pingWebhookEndpoint", discriminator="typename__")


class PingWebhookEndpointPingWebhookEndpointWebhookDelivery(BaseModel):
    typename__: Literal["WebhookDelivery"] = Field(alias="__typename")
    id: str
    state: WebhookDeliveryState


class PingWebhookEndpointPingWebhookEndpointNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class PingWebhookEndpointPingWebhookEndpointForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class PingWebhookEndpointPingWebhookEndpointInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class PingWebhookEndpointPingWebhookEndpointConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class PingWebhookEndpointPingWebhookEndpointExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class PingWebhookEndpointPingWebhookEndpointUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


PingWebhookEndpoint.model_rebuild()
