"""What can be wrong with a request about notifications.

NotFound
├── MailServerNotFound
├── SubscriptionNotFound
└── RecipientNotFound       no member of this tenant
Invalid
├── MailServerInvalid       a host, port, sender or user that cannot be
├── MailServerForbidden     a host that is not public, or nothing encrypted
├── RecipientInvalid        no address that mail could go to, too many, or none
└── SubscriptionInvalid     a name, type, time or filter that cannot be
Conflict
└── TooManySubscriptions
"""

from services.kernel.errors import Conflict, Invalid, NotFound


class MailServerNotFound(NotFound):
    code = "MAIL_SERVER_NOT_FOUND"


class SubscriptionNotFound(NotFound):
    code = "SUBSCRIPTION_NOT_FOUND"


class RecipientNotFound(NotFound):
    code = "RECIPIENT_NOT_FOUND"


class MailServerInvalid(Invalid):
    code = "MAIL_SERVER_INVALID"


class MailServerForbidden(Invalid):
    code = "MAIL_SERVER_FORBIDDEN"


class RecipientInvalid(Invalid):
    code = "RECIPIENT_INVALID"


class SubscriptionInvalid(Invalid):
    code = "SUBSCRIPTION_INVALID"


class TooManySubscriptions(Conflict):
    """Facts: `limit`."""

    code = "TOO_MANY_SUBSCRIPTIONS"
