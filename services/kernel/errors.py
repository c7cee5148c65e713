"""Errors in the words of the domain.

    DomainError
    ├── NotFound      absent, or another tenant's: the two are one answer
    ├── Forbidden     known principal, missing right
    ├── Unauthorised  no principal
    ├── Invalid       the input is wrong; `field` names where
    ├── Conflict      the input is right, the present state is not
    ├── Exhausted     a quota or limit; `retry_after` in seconds
    └── Unavailable   a part that is needed is down

A service defines its own errors as subclasses named by the fact (`SnapshotNotFound`), with typed facts. Nothing here
knows an HTTP status; `gateway.errors` translates, once.
"""

from typing import ClassVar


class DomainError(Exception):
    """Base of every expected failure: a stable code, a sentence for people (what, why, next step), typed facts."""

    code: ClassVar[str] = "DOMAIN_ERROR"

    def __init__(self, message: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.facts = facts


class NotFound(DomainError):
    code = "NOT_FOUND"


class Forbidden(DomainError):
    code = "FORBIDDEN"


class TenantBeingDeleted(Forbidden):
    """Nothing is done for that tenant any more."""

    code = "TENANT_BEING_DELETED"

    def __init__(
        self,
        message: str = "This tenant is being deleted by the platform's operator, with all that it has. Nothing is done "
        "for it any more.",
    ) -> None:
        super().__init__(message)


class Unauthorised(DomainError):
    code = "UNAUTHORISED"


class Invalid(DomainError):
    code = "INVALID"


class Conflict(DomainError):
    code = "CONFLICT"


class IdempotencyKeyReused(Conflict):
    """The key stands for another request of the same actor."""

    code = "IDEMPOTENCY_KEY_REUSED"


class Exhausted(DomainError):
    code = "EXHAUSTED"

    def __init__(self, message: str, *, retry_after: float, field: str | None = None, **facts: object) -> None:
        super().__init__(message, field=field, **facts)
        self.retry_after = retry_after


class Unavailable(DomainError):
    code = "UNAVAILABLE"
