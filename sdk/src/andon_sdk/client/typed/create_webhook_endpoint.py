from typing import Literal, Union

from pydantic import Field

from .base_model import BaseModel
from .fragments import EndpointFacts, Problem


class CreateWebhookEndpoint(BaseModel):
    create_webhook_endpoint: Union[
        "CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecret",
        "CreateWebhookEndpointCreateWebhookEndpointNotFoundError",
        "CreateWebhookEndpointCreateWebhookEndpointForbiddenError",
        "CreateWebhookEndpointCreateWebhookEndpointInvalidError",
        "CreateWebhookEndpointCreateWebhookEndpointConflictError",
        "CreateWebhookEndpointCreateWebhookEndpointExhaustedError",
        "CreateWebhookEndpointCreateWebhookEndpointUnavailableError",
    ] = Field(alias="createWebhookEndpoint", discriminator="typename__")


class CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecret(BaseModel):
    typename__: Literal["WebhookEndpointWithSecret"] = Field(alias="__typename")
    secret: str
    endpoint: (
        "CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecretEndpoint"
    )


CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecretEndpoint = (
    EndpointFacts
)


class CreateWebhookEndpointCreateWebhookEndpointNotFoundError(Problem):
    typename__: Literal["NotFoundError"] = Field(alias="__typename")


class CreateWebhookEndpointCreateWebhookEndpointForbiddenError(Problem):
    typename__: Literal["ForbiddenError"] = Field(alias="__typename")


class CreateWebhookEndpointCreateWebhookEndpointInvalidError(Problem):
    typename__: Literal["InvalidError"] = Field(alias="__typename")


class CreateWebhookEndpointCreateWebhookEndpointConflictError(Problem):
    typename__: Literal["ConflictError"] = Field(alias="__typename")


class CreateWebhookEndpointCreateWebhookEndpointExhaustedError(Problem):
    typename__: Literal["ExhaustedError"] = Field(alias="__typename")


class CreateWebhookEndpointCreateWebhookEndpointUnavailableError(Problem):
    typename__: Literal["UnavailableError"] = Field(alias="__typename")


CreateWebhookEndpoint.model_rebuild()
CreateWebhookEndpointCreateWebhookEndpointWebhookEndpointWithSecret.model_rebuild()
