from pydantic import Field

from .base_model import BaseModel
from .fragments import EndpointFacts


class WebhookEndpoints(BaseModel):
    webhook_endpoints: list["WebhookEndpointsWebhookEndpoints"] = Field(
        alias="webhookEndpoints"
    )


WebhookEndpointsWebhookEndpoints = EndpointFacts
WebhookEndpoints.model_rebuild()
