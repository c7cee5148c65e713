"""What can go wrong with the audit trail."""

from services.kernel.errors import Invalid, NotFound


class AuditRecordNotFound(NotFound):
    code = "AUDIT_RECORD_NOT_FOUND"


class AuditQueryInvalid(Invalid):
    code = "AUDIT_QUERY_INVALID"
