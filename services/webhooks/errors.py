"""What can be wrong with a request about a webhook.

NotFound
├── EndpointNotFound
└── DeliveryNotFound
Invalid
├── WebhookUrlInvalid     no address we could post to
├── WebhookUrlForbidden   one that is not public, or not encrypted
├── WebhookTypesInvalid   none, or one that there is not
└── DescriptionTooLong
Conflict
└── TooManyEndpoints
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class EndpointNotFound(NotFound):
    code = "ENDPOINT_NOT_FOUND"


class DeliveryNotFound(NotFound):
    code = "DELIVERY_NOT_FOUND"


class WebhookUrlInvalid(Invalid):
    code = "WEBHOOK_URL_INVALID"


class WebhookUrlForbidden(Invalid):
    code = "WEBHOOK_URL_FORBIDDEN"


class WebhookTypesInvalid(Invalid):
    """Facts: `unknown`, the names that are no type of news."""

    code = "WEBHOOK_TYPES_INVALID"


class DescriptionTooLong(Invalid):
    """Facts: `limit`."""

    code = "DESCRIPTION_TOO_LONG"


class TooManyEndpoints(Conflict):
    """Facts: `limit`."""

    code = "TOO_MANY_ENDPOINTS"
