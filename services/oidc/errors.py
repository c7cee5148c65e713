"""What can go wrong with a log-in by a provider.

NotFound
└── LoginProviderNotFound
Invalid
├── ProviderInvalid          a name, client or domain that cannot be
├── IssuerInvalid            no address of an issuer that may be asked
└── ProviderUnusable         what it tells of itself is not what a log-in needs
Conflict
├── ProviderExists           the issuer is bound already
└── TooManyProviders
Unauthorised
├── LoginAttemptRefused      not begun here, over, or used
├── LoginRefused             the provider said no, or what it said is not good
└── IdentityUnknown          it is good, and nobody here is that person
Unavailable
└── ProviderUnavailable
"""

from services.kernel.errors import Conflict, Invalid, NotFound, Unauthorised, Unavailable


class LoginProviderNotFound(NotFound):
    code = "LOGIN_PROVIDER_NOT_FOUND"


class ProviderInvalid(Invalid):
    code = "PROVIDER_INVALID"


class IssuerInvalid(Invalid):
    code = "ISSUER_INVALID"


class ProviderUnusable(Invalid):
    code = "PROVIDER_UNUSABLE"


class ProviderExists(Conflict):
    code = "PROVIDER_EXISTS"


class TooManyProviders(Conflict):
    """Facts: `limit`."""

    code = "TOO_MANY_PROVIDERS"


class LoginAttemptRefused(Unauthorised):
    """Unknown, used, too old or begun in another browser: one answer."""

    code = "LOGIN_ATTEMPT_REFUSED"


class LoginRefused(Unauthorised):
    """The reason is logged and not told: who forges a token learns nothing."""

    code = "LOGIN_REFUSED"


class IdentityUnknown(Unauthorised):
    """No member, no open invitation, no verified address, or another person's: one answer."""

    code = "IDENTITY_UNKNOWN"


class ProviderUnavailable(Unavailable):
    code = "PROVIDER_UNAVAILABLE"
