"""What can keep rows from being frozen or read again."""

from services.kernel.errors import DomainError, Invalid, NotFound


class SnapshotInvalid(Invalid):
    code = "SNAPSHOT_INVALID"


class SnapshotEmpty(Invalid):
    code = "SNAPSHOT_EMPTY"


class SnapshotNotFound(NotFound):
    code = "SNAPSHOT_NOT_FOUND"


class SnapshotDamaged(DomainError):
    """What the bucket holds is not what the digest names."""

    code = "SNAPSHOT_DAMAGED"
