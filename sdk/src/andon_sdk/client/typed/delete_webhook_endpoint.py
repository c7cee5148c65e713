from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EndpointFacts, Problem


class DeleteWebhookEndpoint(BaseModel):
    delete_webhook_endpoint: Union[
        "DeleteWebhookEndpointDeleteWebhookEndpointWebhookEndpoint",
        "DeleteWebhookEndpointDeleteWebhookEndpointNotFoundError",
        "DeleteWebhookEndpointDeleteWebhookEndpointForbiddenError",
        "DeleteWebhookEndpointDeleteWebhookEndpointInvalidError",
        "DeleteWebhookEndpointDeleteWebhookEndpointConflictError",
        "DeleteWebhookEndpointDeleteWebhookEndpointExhaustedError",
        "DeleteWebhookEndpointDeleteWebhookEndpointUnavailableError",
    ] = Field(alias="deleteWebhookEndpoint", discriminator="typename__")


class DeleteWebhookEndpointDeleteWebhookEndpointWebhookEndpoint(EndpointFacts):
    typename__: Literal["WebhookEndpoint"] = Field(alias="__typename")


class DeleteWebhookEndpointDeleteWebhookEndpointNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class DeleteWebhookEndpointDeleteWebhookEndpointForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class DeleteWebhookEndpointDeleteWebhookEndpointInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class DeleteWebhookEndpointDeleteWebhookEndpointConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class DeleteWebhookEndpointDeleteWebhookEndpointExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class DeleteWebhookEndpointDeleteWebhookEndpointUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


DeleteWebhookEndpoint.model_rebuild()
