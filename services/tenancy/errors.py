"""What can go wrong with who someone is."""

from services.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorised


class TenantNotFound(NotFound):
    code = "TENANT_NOT_FOUND"


class TenantExists(Conflict):
    code = "TENANT_EXISTS"


class TenantSuspended(Forbidden):
    """Closed for now: its members and keys are known, and let in by nobody."""

    code = "TENANT_SUSPENDED"


class SlugInvalid(Invalid):
    code = "SLUG_INVALID"


class MemberNotFound(NotFound):
    code = "MEMBER_NOT_FOUND"


class MemberExists(Conflict):
    code = "MEMBER_EXISTS"


class EmailInvalid(Invalid):
    code = "EMAIL_INVALID"


class NameInvalid(Invalid):
    code = "NAME_INVALID"


class PasswordTooShort(Invalid):
    code = "PASSWORD_TOO_SHORT"


class LastAdmin(Conflict):
    code = "LAST_ADMIN"


class InvitationNotFound(NotFound):
    code = "INVITATION_NOT_FOUND"


class ApiKeyNotFound(NotFound):
    code = "API_KEY_NOT_FOUND"


class ApiKeyEnded(Conflict):
    code = "API_KEY_ENDED"


class ApiKeyInRotation(Conflict):
    code = "API_KEY_IN_ROTATION"


class OverlapTooLong(Invalid):
    code = "OVERLAP_TOO_LONG"


class ScopeNotHeld(Invalid):
    code = "SCOPE_NOT_HELD"


class SessionNotFound(NotFound):
    code = "SESSION_NOT_FOUND"


class CredentialRefused(Unauthorised):
    """Wrong, expired, ended, revoked or unknown: one answer, so that nothing can be learnt from it."""

    code = "CREDENTIAL_REFUSED"
